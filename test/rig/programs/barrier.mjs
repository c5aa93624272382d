// All ranks meet twice and say so.
import { world } from '../../../dist/lib/api/index.js'

await world.barrier()
const start = performance.now()
await world.barrier()
console.log(`met after ${(performance.now() - start).toFixed(0)} ms`)
if (world.rank === 0 && process.argv[2] === 'wait') await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
await world.barrier()
