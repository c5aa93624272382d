// Rank 0 ends normally while rank 1 waits for a message of its that never comes.
import { isMpiError, world } from 'zmpi'

if (world.rank === 0) await world.send('only this', 1)
else {
  console.log(await world.receive(0))
  try {
    await world.receive(0, { tag: 9 })
  } catch (error) {
    console.log(isMpiError(error) ? error.code : 'other', (error as Error).message)
  }
  try {
    await world.send('too late', 0)
  } catch (error) {
    console.log(isMpiError(error) ? error.code : 'other', (error as Error).message)
  }
  for await (const message of world.messages(0)) console.log('never', message)
}
