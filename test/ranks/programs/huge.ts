// One typed array of 2 GiB + 8 bytes.
import { world } from 'zmpi'

const LENGTH = 2 ** 28 + 1
if (world.rank === 0) {
  const value = new Float64Array(LENGTH)
  value[0] = 1
  value[LENGTH - 1] = 2
  await world.send(value, 1)
} else {
  const value = await world.receive<Float64Array>(0)
  console.log(value.length === LENGTH, value[0], value[LENGTH - 1])
}
