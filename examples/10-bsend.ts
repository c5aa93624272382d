// PyPar's bsend demo: broadcasts built from sends that never wait, with the buffer managed in several ways. zmpi needs no
// buffer: the calls are there so that programs port line by line.
//   zmpirun -n 4 examples/10-bsend.ts
import { deepEqual } from 'node:assert/strict'
import * as pypar from 'zmpi/pypar'

const me = pypar.rank()
const others = Array.from({ length: pypar.size() }, (_, r) => r).filter((r) => r !== 0)

type Broadcast = <T>(x: T) => Promise<T>
const receiveUnlessRoot = <T>(x: T): Promise<T> => (me === 0 ? Promise.resolve(x) : pypar.receive<T>(0))

const versions: Record<string, Broadcast> = {
  async v1(x) {
    if (me === 0)
      for (const other of others) {
        pypar.pushForAlloc(x)
        pypar.allocAndAttach()
        pypar.bsend(x, other)
        await pypar.detachAndDealloc()
      }
    return receiveUnlessRoot(x)
  },
  async v2(x) {
    if (me === 0) {
      pypar.pushForAlloc(x)
      pypar.alloc()
      for (const other of others) {
        pypar.attach()
        pypar.bsend(x, other)
        await pypar.detach()
      }
      pypar.dealloc()
    }
    return receiveUnlessRoot(x)
  },
  async v3(x) {
    if (me === 0) {
      for (const _ of others) pypar.pushForAlloc(x)
      pypar.allocAndAttach()
      for (const other of others) pypar.bsend(x, other)
      await pypar.detachAndDealloc()
    }
    return receiveUnlessRoot(x)
  },
  async v4(x) {
    if (me === 0) for (const other of others) pypar.bsend(x, other, { useBuffer: true })
    else if (pypar.isNDArray(x)) await pypar.receive(0, { buffer: x })
    else return pypar.receive(0)
    return x
  },
  async v5(x) {
    if (me === 0) for (const other of others) pypar.bsend(x, other, { bypass: true })
    else if (pypar.isNDArray(x)) await pypar.receive(0, { buffer: x, bypass: true })
    return x
  },
}

const matrix = pypar.ndarray(Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 4])
for (const [name, broadcast] of Object.entries(versions)) {
  const x = me === 0 ? matrix : pypar.ndarray(new Int32Array(8), [2, 4])
  const result = await broadcast(x)
  console.log(`${name}, P${me}: ${result.data.join(' ')}`)
  deepEqual(result, matrix)
  await pypar.barrier()
}
const text = 'Strings travel by bsend as well'
for (const [name, broadcast] of Object.entries(versions).slice(0, 4)) {
  const result = await broadcast(me === 0 ? text : 'nothing received')
  console.log(`${name}, P${me}: ${result}`)
  deepEqual(result, text)
  await pypar.barrier()
}
