// S18: rank 0 sends and its script ends at once; rank 1 starts to receive only when rank 0 has long ended.
import { world } from 'zmpi'

const MESSAGES = 1000
if (world.rank === 0) for (let i = 0; i < MESSAGES; i++) await world.send(new Float64Array(8192).fill(i), 1)
else {
  await new Promise((resolve) => setTimeout(resolve, 1500))
  for (let i = 0; i < MESSAGES; i++) {
    const value = await world.receive<Float64Array>(0)
    if (value.length !== 8192 || value[0] !== i || value[8191] !== i) throw new Error(`message ${i} is wrong`)
  }
  console.log('all', MESSAGES)
}
