// Two programs in one job: this one gives the children work and adds up what they bring home.
//   zmpirun -n 1 examples/18-parent.ts : -n 3 examples/18-child.ts
import { equal } from 'node:assert/strict'
import { world } from 'zmpi'

const children = Array.from({ length: world.size - 1 }, (_, i) => i + 1)
const numbers = Array.from({ length: 100 }, (_, i) => i + 1)

for (const child of children)
  await world.send(
    numbers.filter((n) => n % children.length === child - 1),
    child,
  )
let total = 0
for (const child of children) total += await world.receive<number>(child)
console.log(`The parent has ${children.length} children and ${total} in all`)
equal(total, children.length === 0 ? 0 : 5050)
