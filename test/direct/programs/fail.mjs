// All meet; then one rank ends in the way that was asked for, and the others wait for it.
import { world } from '../../../dist/lib/api/index.js'

const [how, which] = process.argv.slice(2)
const fails = world.rank === Number(which)
if (how === 'early' && fails) throw new Error('the pump is dry')
await world.barrier()
if (fails) {
  if (how === 'throw') throw new Error('the pump is dry')
  if (how === 'exit') process.exit(3)
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  if (how === 'abort') world.abort(7)
}
if (how === 'deadlock') await world.receive((world.rank + 1) % world.size)
await world.receive(Number(which))
