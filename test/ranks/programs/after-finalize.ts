import { finalize, isMpiError, world } from 'zmpi'

await world.send('hello', (world.rank + 1) % world.size)
await world.receive()
const ending = finalize()
try {
  await world.receive()
} catch (error) {
  if (!isMpiError(error) || error.code !== 'ERR_FREED') throw error
}
await ending
await finalize()
try {
  await world.send('again', 0)
} catch (error) {
  console.log(isMpiError(error) ? error.code : 'other', (error as Error).message)
}
