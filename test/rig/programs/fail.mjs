// One rank ends badly while the others wait for it.
import { world } from '../../../dist/lib/api/index.js'

const [how, who] = process.argv.slice(2)
await world.barrier()
if (world.rank === Number(who)) {
  if (how === 'throw') throw new Error('the pump is dry')
  if (how === 'exit') process.exit(3)
  process.kill(process.pid, 'SIGKILL')
}
await world.receive(Number(who))
