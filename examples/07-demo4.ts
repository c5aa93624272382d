// PyPar's demo4: an array grows on its way round the ring; nobody needs to know its length beforehand.
//   zmpirun -n 4 examples/07-demo4.ts
import { deepEqual, equal } from 'node:assert/strict'
import { rank, receive, send, size } from 'zmpi/pypar'

const me = rank()
const P = size()
const next = (me + 1) % P
const previous = (me + P - 1) % P

if (me === 0) await send(Float64Array.of(0), next)
const [array, status] = await receive<Float64Array>(previous, { returnStatus: true })
console.log(`P${me} received [${array.join(' ')}], ${status.length} numbers in ${status.bytes()} bytes`)
equal(status.bytes(), 8 * (me === 0 ? P : me))
if (me === 0)
  deepEqual(
    array,
    Float64Array.from({ length: P }, (_, r) => r),
  )
else await send(Float64Array.of(...array, me), next)
