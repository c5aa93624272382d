// Ends badly in the way that its argument says.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { world } from 'zmpi'

const { rank } = world
const ways = {
  'others-ended': async () => {
    if (rank < 2) await world.receive(1 - rank)
    else await world.send('bye', 0, { tag: 3 })
  },
  itself: async () => {
    if (rank === 0) await world.send(await world.receive(0), 0)
    else world.iprobe()
  },
  handled: async () => {
    const say = (text) => console.log(text)
    await world.receive(1 - rank, { tag: 4 }).catch((error) => say(`${error.code} ${error.message}`))
    await new Promise((resolve) => setTimeout(resolve, 300))
    try {
      await world.barrier()
    } catch (error) {
      say(`afterwards ${error.code}`)
    }
    say('cleaned up')
  },
  'one-fails': async () => {
    const computing = join(process.env.ZMPI_JOB_DIR, 'computing')
    if (rank < 3) await world.send('here', 3)
    else {
      for (let other = 0; other < 3; other++) await world.receive(other)
      await world.send('all are here', 0)
      while (!existsSync(computing)) await new Promise((resolve) => setTimeout(resolve, 10))
      process.exit(4)
    }
    if (rank === 0) await world.receive(3)
    // What it has sent leaves before.
    if (rank === 0)
      setTimeout(() => {
        writeFileSync(computing, '')
        for (;;);
      }, 50)
    await world.receive(3)
  },
}
await ways[process.argv[2]]()
