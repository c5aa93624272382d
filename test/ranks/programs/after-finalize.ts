import { finalize, isMpiError, world } from 'zmpi'

// What is called again and again begins with less ado.
for (let i = 0; i < 20; i++) await world.barrier()
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
for (const late of [() => world.send('again', 0), () => world.barrier()])
  try {
    await late()
  } catch (error) {
    console.log(isMpiError(error) ? error.code : 'other', (error as Error).message)
  }
