/**
 * A pool in thirty lines: rank 0 hands one item at a time to whoever is free, and results come back in the order of the
 * items. All ranks call `map`; with one rank, rank 0 does the work itself.
 */
import { world } from 'zmpi'

const WORK = 1
const RESULT = 2

/** The results on rank 0, undefined on the others. */
export async function map<T, R>(items: readonly T[], work: (item: T) => R | Promise<R>): Promise<R[] | undefined> {
  if (world.size === 1) return Promise.all(items.map((item) => work(item)))
  if (world.rank === 0) return deal<R>(items)
  for (;;) {
    const index = await world.receive<number>(0, { tag: WORK })
    const item = items[index]
    if (item === undefined) return undefined
    await world.send([index, await work(item)], 0, { tag: RESULT })
  }
}

/** Everybody knows the items, so their numbers are enough; a number past the end says that all is done. */
async function deal<R>(items: readonly unknown[]): Promise<R[]> {
  const results: R[] = []
  let next = 0
  for (let worker = 1; worker < world.size; worker++) await world.send(next++, worker, { tag: WORK })
  for (let done = 0; done < items.length; done++) {
    const { value, source } = await world.receiveMessage<[number, R]>(undefined, { tag: RESULT })
    results[value[0]] = value[1]
    await world.send(next++, source, { tag: WORK })
  }
  return results
}
