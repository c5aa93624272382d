// A counter on rank 0 that the others change one at a time: who holds the lock may read and write it, the rest queue.
//   zmpirun -n 4 examples/16-locked-counter.ts
import { equal } from 'node:assert/strict'
import { world } from 'zmpi'

const ASK = 1
const GRANT = 2
const TIMES = 25
const { rank, size } = world
type Request = 'lock' | 'read' | 'unlock' | 'end' | { write: number }

/** Rank 0: keeps the counter and the queue of those who wait for the lock. */
async function keep(): Promise<number> {
  let counter = 0
  let holder: number | undefined
  let ended = 0
  const queue: number[] = []
  while (ended < size - 1) {
    const { value: request, source } = await world.receiveMessage<Request>(undefined, { tag: ASK })
    if (typeof request === 'object' || request === 'read') equal(source, holder)
    if (typeof request === 'object') counter = request.write
    else if (request === 'read') await world.send(counter, source, { tag: GRANT })
    else if (request === 'end') ended++
    else {
      if (request === 'lock') queue.push(source)
      else holder = undefined
      if (holder === undefined && queue.length > 0) {
        holder = queue.shift()
        await world.send('yours', holder ?? 0, { tag: GRANT })
      }
    }
  }
  return counter
}

const ask = (request: Request): Promise<void> => world.send(request, 0, { tag: ASK })
const granted = <T>(): Promise<T> => world.receive<T>(0, { tag: GRANT })

if (rank === 0) {
  const counter = await keep()
  console.log(`${size - 1} ranks have counted ${TIMES} times each: the counter is ${counter}`)
  equal(counter, (size - 1) * TIMES)
} else {
  for (let i = 0; i < TIMES; i++) {
    await ask('lock')
    await granted()
    await ask('read')
    await ask({ write: (await granted<number>()) + 1 })
    await ask('unlock')
  }
  await ask('end')
}
