// Prints the CPU time in ms that five seconds of waiting cost.
import { world } from 'zmpi'

if (world.rank === 0) {
  await new Promise((resolve) => setTimeout(resolve, 5300))
  await world.send('done', 1)
} else {
  const waiting = world.receive(0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const before = process.cpuUsage()
  await waiting
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({ cpu: (user + system) / 1000 }))
}
