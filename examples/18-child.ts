// The other program of 18-parent.ts: adds what it is given.
import { world } from 'zmpi'

const numbers = await world.receive<number[]>(0)
const sum = numbers.reduce((total, n) => total + n, 0)
console.log(`Child ${world.rank} adds ${numbers.length} numbers: ${sum}`)
await world.send(sum, 0)
