// A text goes round all ranks; then all add up, and rank 0 sends everybody an array.
import { hostName, Op, world } from '../../../dist/lib/api/index.js'

const { rank, size } = world
const [next, previous] = [(rank + 1) % size, (rank + size - 1) % size]
if (rank === 0) {
  await world.send('P0', next)
  console.log(await world.receive(previous))
} else {
  await world.send(String(await world.receive(previous)) + `P${rank}`, next)
}
const sum = await world.allreduce(rank, Op.sum)
const array = await world.broadcast(rank === 0 ? new Float64Array(300_000).map((_, i) => i) : undefined)
const host = await world.splitByHost()
console.log(`on ${hostName()} sum ${sum} last ${array.at(-1)} neighbours ${host.size}`)
