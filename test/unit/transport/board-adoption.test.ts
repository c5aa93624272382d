import { expect } from 'chai'
import { BoardAdoption } from '../../../src/transport/board-adoption.ts'
import { BoardLayout } from '../../../src/transport/board-layout.ts'

const PAUSE = new Error('the next step is for another time')

/** Where a rank is: what came of its calls, and of the steps of the one that it is at. */
interface Place {
  readonly ends: readonly boolean[]
  readonly steps: readonly number[]
}

interface State {
  readonly words: readonly number[]
  readonly places: readonly Place[]
}

/** Ranks that begin their calls, one step in shared memory at a time. */
class Model {
  readonly #layout: BoardLayout
  /** The words that count: all others stay zero. */
  readonly #kept: readonly number[]
  readonly #calls: number

  /** @param calls that each rank begins */
  constructor(ranks: number, calls: number) {
    this.#calls = calls
    const layout = new BoardLayout(ranks)
    this.#layout = layout
    this.#kept = [layout.verdict >> 2, ...Array.from({ length: ranks }, (_, rank) => layout.begun(rank) >> 2)]
  }

  get start(): State {
    const places = this.#kept.slice(1).map(() => ({ ends: [], steps: [] }))
    return { words: this.#kept.map(() => 0), places }
  }

  /** What comes of a rank's next step; undefined when it has begun all its calls. Its steps until then are gone through again. */
  step({ words, places }: State, rank: number): State | undefined {
    const { ends, steps } = places[rank] as Place
    if (ends.length === this.#calls) return undefined
    const memory = new Map(this.#kept.map((word, i) => [word, words[i] as number]))
    const done = [...steps]
    let at = 0
    const take = (act: () => number): number => {
      if (at > steps.length) throw PAUSE
      if (at === done.length) done.push(act())
      return done[at++] as number
    }
    const atomics = {
      load: (_: unknown, word: number) => take(() => memory.get(word) as number),
      store: (_: unknown, word: number, value: number) =>
        take(() => {
          memory.set(word, value)
          return value
        }),
      compareExchange: (_: unknown, word: number, expected: number, value: number) =>
        take(() => {
          const earlier = memory.get(word) as number
          if (earlier === expected) memory.set(word, value)
          return earlier
        }),
    }
    let place: Place
    try {
      const adoption = new BoardAdoption(new Int32Array(0), this.#layout, rank, () => true, atomics as typeof Atomics)
      // Who uses the board asks no more.
      const end = ends.at(-1) === true || adoption.begins(ends.length)
      place = { ends: [...ends, end], steps: [] }
    } catch (error) {
      if (error !== PAUSE) throw error
      place = { ends, steps: done }
    }
    return {
      words: this.#kept.map((word) => memory.get(word) as number),
      places: places.map((other, i) => (i === rank ? place : other)),
    }
  }
}

describe('board adoption', () => {
  for (const [ranks, calls] of [
    [2, 4],
    [3, 2],
  ] as const)
    it(`is the same call for all of ${ranks} ranks, in whatever order their steps come`, () => {
      const model = new Model(ranks, calls)
      const seen = new Set<string>()
      const open = [model.start]
      const adopted = new Set<number>()
      for (let state = open.pop(); state !== undefined; state = open.pop()) {
        for (let call = 0; call < calls; call++) {
          const ends = new Set(state.places.flatMap((place) => place.ends.slice(call, call + 1)))
          expect(ends.size, `${JSON.stringify(state)}: call ${call}`).to.be.at.most(1)
          if (ends.has(true)) adopted.add(call)
        }
        for (let rank = 0; rank < ranks; rank++) {
          const next = model.step(state, rank)
          if (next === undefined) continue
          const name = JSON.stringify(next)
          if (seen.has(name)) continue
          seen.add(name)
          open.push(next)
        }
      }
      expect([...adopted]).to.have.members(Array.from({ length: calls }, (_, call) => call))
    }).timeout(60_000)

  /** The ranks of one board in real memory. */
  function ranksOf(ranks: number, isComplete: () => boolean): BoardAdoption[] {
    const layout = new BoardLayout(ranks)
    const words = new Int32Array(layout.bytes / 4)
    return Array.from({ length: ranks }, (_, rank) => new BoardAdoption(words, layout, rank, isComplete))
  }

  it('waits until all have opened the board, then for the next call that nobody has begun', () => {
    let isComplete = false
    const [zero, one, two] = ranksOf(3, () => isComplete) as [BoardAdoption, BoardAdoption, BoardAdoption]
    expect([zero.begins(0), one.begins(0), two.begins(0), two.begins(1)]).to.deep.equal([false, false, false, false])
    isComplete = true
    expect([zero.begins(1), two.begins(2), one.begins(1), one.begins(2)]).to.deep.equal([false, true, false, true])
  })

  it('begins at once with the call of rank 0 where all others are behind', () => {
    const [zero, one] = ranksOf(2, () => true) as [BoardAdoption, BoardAdoption]
    expect([zero.begins(7), one.begins(6), one.begins(7)]).to.deep.equal([true, false, true])
  })

  it('leaves a proposal to be confirmed where it is for a later call', () => {
    const model = new Model(2, 4)
    // Rank 1 says that it begins call 0; rank 0 proposes call 1; rank 1 looks.
    let state = [1, 0, 0, 0, 0, 1].reduce((before, rank) => model.step(before, rank) as State, model.start)
    expect(state.places[1]?.ends).to.deep.equal([false])
    while (state.places[0]?.ends.length === 0) state = model.step(state, 0) as State
    // From call 1 on, confirmed.
    expect([state.places[0]?.ends, state.words[0]]).to.deep.equal([[false], 5])
  })

  it('never comes after more calls than its word has room for', () => {
    const last = 2 ** 29
    const [zero, one] = ranksOf(2, () => true) as [BoardAdoption, BoardAdoption]
    expect([one.begins(last), zero.begins(last)]).to.deep.equal([false, false])
    expect([one.begins(last + 1), zero.begins(last + 1), one.begins(0x7fff_ffff)]).to.deep.equal([false, false, false])
    // Numbers of calls begin anew, on one of them earlier.
    expect([zero.begins(0), one.begins(0)]).to.deep.equal([false, false])
  })
})
