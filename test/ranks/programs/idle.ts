// Prints the CPU time in ms that each second of waiting cost, the message at its end included.
import { world } from 'zmpi'

const WINDOWS = 5

if (world.rank === 0)
  for (let i = 0; i < WINDOWS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    await world.send('a second', 1)
  }
else {
  const windows: number[] = []
  for (let i = 0; i < WINDOWS; i++) {
    const before = process.cpuUsage()
    await world.receive(0)
    const { user, system } = process.cpuUsage(before)
    windows.push((user + system) / 1000)
  }
  console.log(JSON.stringify(windows))
}
