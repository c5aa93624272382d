// PyPar's MPIMapReducer: give it work, a map and a reduce, and it runs them over the processes.
//   zmpirun -n 4 examples/08-map-reduce.ts
import { equal } from 'node:assert/strict'
import { anySource, anyTag, rank, receive, send, size } from 'zmpi/pypar'

const WORK = 1
const DIE = 2

class MapReducer<T, R> {
  readonly #work: readonly T[]
  #map: (item: T) => R = () => {
    throw new Error('call setMap first')
  }
  #reduce: (results: readonly R[]) => R = () => {
    throw new Error('call setReduce first')
  }
  #result: R | undefined

  constructor(work: readonly T[]) {
    this.#work = work
  }

  setMap(map: (item: T) => R): void {
    this.#map = map
  }

  setReduce(reduce: (results: readonly R[]) => R): void {
    this.#reduce = reduce
  }

  /** The reduced result on rank 0, undefined on the workers. */
  getResult(): R | undefined {
    return this.#result
  }

  async runMapReduce(): Promise<void> {
    if (rank() === 0) this.#result = this.#reduce(await this.#deal())
    else await this.#serve()
  }

  /** Rank 0: one item to everybody, then the next to whoever answers. Results in the order of the work. */
  async #deal(): Promise<R[]> {
    const results: R[] = []
    let next = 0
    const give = async (worker: number): Promise<void> => {
      if (next < this.#work.length) await send([next, this.#work[next++]], worker, { tag: WORK })
      else await send(null, worker, { tag: DIE })
    }
    for (let worker = 1; worker < size(); worker++) await give(worker)
    for (let received = 0; received < this.#work.length; received++) {
      const [[index, result], status] = await receive<[number, R]>(anySource, { tag: WORK, returnStatus: true })
      results[index] = result
      await give(status.source)
    }
    return results
  }

  async #serve(): Promise<void> {
    for (;;) {
      const [item, status] = await receive<[number, T]>(0, { tag: anyTag, returnStatus: true })
      if (status.tag === DIE) return
      await send([item[0], this.#map(item[1])], 0, { tag: WORK })
    }
  }
}

const work = Array.from('abcdefghij'.repeat(10))
const map = (item: string): string => `X${item}`
const reduce = (results: readonly string[]): string => results.join('')

if (size() < 2) {
  console.error(`Map and reduce need at least 2 processes, not ${size()}`)
  process.exit(2)
}
const reducer = new MapReducer<string, string>(work)
reducer.setMap(map)
reducer.setReduce(reduce)
await reducer.runMapReduce()
if (rank() === 0) {
  const parallel = reducer.getResult()
  const sequential = reduce(work.map(map))
  console.log(`parallel result: ${parallel?.length} characters, sequential result: ${sequential.length}`)
  equal(parallel, sequential)
  equal(sequential.length, 200)
}
