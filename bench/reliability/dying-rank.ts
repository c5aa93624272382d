/** One rank of a job of which one dies: rank 1 dies while the others wait in what the first argument says. */
import { writeSync } from 'node:fs'
import { finalize, Op, world } from '../../src/index.ts'

const [, , wait = '', way = ''] = process.argv
/** Milliseconds in which the others have come to wait, and have gone to sleep. */
const SETTLED = 200

const waits: Record<string, () => Promise<unknown>> = {
  receive: () => world.receive(1),
  probe: () => world.probe(1),
  send: () => world.send(new Uint8Array(8 << 20), 1, { synchronous: true }),
  barrier: () => world.barrier(),
  allreduce: () => world.allreduce(world.rank, Op.sum),
  finalize: async () => {
    await world.send(new Uint8Array(8 << 20), 1)
    await finalize()
  },
}

function die(): void {
  writeSync(1, `dies at ${performance.timeOrigin + performance.now()}\n`)
  if (way === 'exit') process.exit(3)
  if (way === 'throw') throw new Error('thrown on purpose')
  process.kill(process.pid, way)
  for (;;);
}

// From then on ranks of one host share memory for this.
for (let i = 0; i < 12; i++) await world.barrier()
if (world.rank === 1) setTimeout(die, SETTLED)
else await waits[wait]?.()
