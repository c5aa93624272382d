import { expect } from 'chai'
import { BoardLayout } from '../../../src/transport/board-layout.ts'
import { Board } from '../../../src/transport/board.ts'
import { CopyRoute } from '../../../src/transport/copy-route.ts'
import { Destination } from '../../../src/transport/destination.ts'
import type { TypedArray } from '../../../src/wire/element-type.ts'
import { pastRoute } from '../../support/past-route.ts'
import { Random } from '../../support/random.ts'

/** The boards of some ranks over one memory, and whom each of them hailed. */
function boards(
  ranks: number,
  { apartBytes = 0, route }: { apartBytes?: number; route?: CopyRoute } = {},
): { all: Board[]; hailed: number[][]; words: Int32Array; lent: TypedArray[] } {
  const layout = new BoardLayout(ranks)
  const memory = new ArrayBuffer(layout.bytes + apartBytes)
  const copy = (data: ArrayBufferView, at: number): void => {
    new Uint8Array(memory).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
  }
  const hailed = Array.from({ length: ranks }, (): number[] => [])
  /** Arrays by what stands for their addresses, and who can read them. */
  const lent: TypedArray[] = []
  const readers = new Set<number>()
  const all = hailed.map(
    (list, own) =>
      new Board(memory, layout, {
        own,
        looks: 1,
        pauses: 0,
        pause: () => {},
        isComplete: () => true,
        hail: (rank) => void list.push(rank),
        destination: new Destination(memory, route && { copy, route }),
        memory: {
          explore: () => void readers.add(own),
          isOpen: () => readers.size === ranks,
          address: (data) => lent.push(data) - 1,
          read: (_, address, target) => {
            const data = lent[address]
            if (data !== undefined) (target as Uint8Array).set(data as Uint8Array)
            return data !== undefined
          },
        },
      }),
  )
  return { all, hailed, words: new Int32Array(memory), lent }
}

function pair(options?: Parameters<typeof boards>[1]): { zero: Board; one: Board; hailed: number[][] } {
  const { all, hailed } = boards(2, options)
  return { zero: all[0] as Board, one: all[1] as Board, hailed }
}

describe('board', () => {
  it('shows what a rank publishes to each other, once, in order', () => {
    const { all } = boards(3)
    for (let call = 0; call < 200; call++) {
      all[0]?.publish(call, call + 7, Float64Array.of(call, 0.5))
      for (const board of all.slice(1)) {
        expect(board.hasNext(0)).to.equal(true)
        expect([board.of(0).call, board.of(0).signature, board.of(0).bytes]).to.deep.equal([call, call + 7, 16])
        const target = new Float64Array(2)
        board.of(0).read(target)
        expect([...target]).to.deep.equal([call, 0.5])
        board.take(0)
        expect(board.hasNext(0)).to.equal(false)
      }
      expect(all[0]?.hasRoom(16)).to.equal(true)
    }
  })

  for (const Type of [Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array])
    it(`carries ${Type.name}s that fit a line, and that do not`, () => {
      const { zero, one } = pair()
      for (let turn = 0; turn < 40; turn++)
        for (const bytes of [0, 8, 48, 56, 1000, zero.pieceBytes]) {
          const length = bytes / Type.BYTES_PER_ELEMENT
          const array = new Type(length)
          for (let i = 0; i < length; i++)
            array[i] = array instanceof BigInt64Array ? BigInt(i + turn) : (i + turn) % 100
          expect(zero.hasRoom(bytes)).to.equal(true)
          zero.publish(turn, 1, array)
          const target = new Type(length)
          one.of(0).read(target)
          expect(target).to.deep.equal(array)
          if (bytes > 0) {
            expect(one.of(0).view(target)).to.deep.equal(array)
            expect(zero.of(0).view(target)).to.deep.equal(array)
          }
          one.take(0)
        }
    })

  it('overwrites nothing that somebody has not taken', () => {
    const { all } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    let published = 0
    while (zero.hasRoom(8)) zero.publish(published++, 1, Float64Array.of(0))
    expect(published).to.equal(64)
    for (let i = 0; i < 64; i++) one.take(0)
    expect(zero.hasRoom(8)).to.equal(false)
    expect(zero.slowest).to.equal(2)
    for (let i = 0; i < 16; i++) two.take(0)
    expect(zero.hasRoom(8)).to.equal(true)

    const piece = new Uint8Array(one.pieceBytes)
    for (published = 0; one.hasRoom(piece.length); published++) one.publish(published, 1, piece)
    expect(published).to.equal(8)
    expect(one.hasRoom(8)).to.equal(true)
    for (const reader of [zero, two]) reader.take(1)
    expect(one.hasRoom(piece.length)).to.equal(true)
  })

  for (const [where, options] of [
    ['from where it was written', {}],
    ['past the caches', { route: pastRoute() }],
    ['past the caches from memory behind the board', { route: pastRoute(), apartBytes: 256 * 1024 }],
  ] as const)
    it(`publishes a draft ${where}, of any length, over nothing that somebody has not taken`, () => {
      const { zero, one } = pair(options)
      const lengths = [1, 6, 7, 128, 129, 600, zero.pieceBytes / 8, 70_000 / 8]
      const apartFrom = new BoardLayout(2).bytes
      const due: Float64Array[] = []
      for (let i = 0; i < 200; i++) {
        const like = new Float64Array(lengths[i % lengths.length] as number)
        while (!zero.hasRoom(like.byteLength)) {
          const first = due.shift() as Float64Array
          expect(one.of(0).view(first)).to.deep.equal(first)
          one.take(0)
        }
        const draft = zero.draft(like).fill(i)
        const isApart = draft.byteOffset >= apartFrom || draft.buffer.byteLength < 1 << 20
        expect(isApart).to.equal('route' in options && like.byteLength >= 4096)
        zero.publish(i, 1, draft)
        expect(zero.of(0).view(like)).to.deep.equal(draft)
        due.push(like.fill(i))
      }
      expect(due.length).to.be.greaterThan(4)
    })

  it('has one of many drafts measured, which is copied for that', () => {
    const route = new CopyRoute(1 << 20)
    const { zero, one } = pair({ route })
    const like = new Float64Array(1000)
    for (let i = 0; i < 40 && !route.isDraftMeasured; i++) {
      zero.publish(i, 1, zero.draft(like))
      one.take(0)
    }
    expect(route.isDraftMeasured).to.equal(true)
    zero.publish(99, 1, zero.draft(like).fill(99))
    expect(one.of(0).view(like)).to.deep.equal(like.fill(99))
    expect(route.isDraftMeasured).to.equal(false)
  })

  it('keeps as many little pieces as it has lines until they are taken', () => {
    const { zero, one } = pair()
    const piece = (i: number): Uint8Array => new Uint8Array([1, 48, 49, 1000, 1024][i % 5] as number).fill(i)
    let taken = 0
    for (let i = 0; i < 1000; i++) {
      for (; !zero.hasRoom(1024); taken++) {
        expect(i - taken).to.be.within(49, 64)
        expect(one.of(0).view(piece(taken))).to.deep.equal(piece(taken))
        one.take(0)
      }
      zero.publish(i, 1, piece(i))
      expect(zero.of(0).view(piece(i))).to.deep.equal(piece(i))
    }
  })

  it('hails everybody who may sleep when something is published, and who waits for room or notice', () => {
    const { zero, one, hailed } = pair()
    zero.publish(0, 1, new Uint8Array(2000))
    expect(hailed[0]).to.deep.equal([1])
    one.take(0)
    expect(hailed[1]).to.deep.equal([])
    zero.wait()
    zero.publish(1, 1, new Uint8Array(2000))
    one.take(0)
    expect(hailed[1]).to.deep.equal([0])
    zero.publish(2, 1, undefined)
    zero.wait()
    expect(zero.isSeenBy(1)).to.equal(false)
    one.look()
    expect(zero.isSeenBy(1)).to.equal(true)
    expect(hailed[1]).to.deep.equal([0, 0])
  })

  it('shows what is for one rank to that one: others pass over it, however large it is', () => {
    const { all, hailed } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    for (let i = 0; i < 300; i++) {
      const like = new Float64Array([1, 100, 3000, 20_000][i % 4] as number)
      zero.publish(2 * i, 7, like.fill(i), 1)
      zero.publish(2 * i + 1, 7, like.fill(-i))
      expect([one.hasNext(0), one.of(0).call]).to.deep.equal([true, 2 * i])
      expect(one.of(0).view(like)).to.deep.equal(like.fill(i))
      one.take(0)
      for (const reader of [one, two]) {
        expect([reader.hasSoon(0), reader.of(0).call]).to.deep.equal([true, 2 * i + 1])
        expect(reader.of(0).view(like)).to.deep.equal(like.fill(-i))
        reader.take(0)
        expect(reader.hasNext(0)).to.equal(false)
      }
    }
    expect(hailed[0]?.slice(0, 3)).to.deep.equal([1, 1, 2])
  })

  it('what is for one rank is kept until that one has taken it, however far the others are behind', () => {
    for (const length of [1, 100, 3000, 20_000]) {
      const { all } = boards(3)
      const [zero, one, two] = all as [Board, Board, Board]
      const like = new Float64Array(length)
      let published = 0
      for (let taken = 0; taken < 500; taken++) {
        for (; zero.hasRoom(like.byteLength); published++) zero.publish(published, 7, like.fill(published), 1)
        expect(published - taken).to.be.within(2, 64)
        expect(zero.slowest).to.equal(1)
        expect([one.hasNext(0), one.of(0).call, one.of(0).view(like)]).to.deep.equal([true, taken, like.fill(taken)])
        one.take(0)
        one.look()
      }
      // Rank 2 has never looked. It finds what is for it, and for all, behind all that.
      expect(two.hasNext(0)).to.equal(false)
      while (one.hasNext(0)) one.take(0)
      one.look()
      zero.publish(1000, 7, like.fill(1), 2)
      zero.publish(1001, 7, like.fill(2), 1)
      zero.publish(1002, 7, like.fill(3))
      for (const [reader, call, value] of [
        [two, 1000, 1],
        [two, 1002, 3],
        [one, 1001, 2],
        [one, 1002, 3],
      ] as const) {
        expect([reader.hasSoon(0), reader.of(0).call]).to.deep.equal([true, call])
        expect(reader.of(0).view(like)).to.deep.equal(like.fill(value))
        reader.take(0)
      }
      // What is for all waits for both.
      for (let i = 0; zero.hasRoom(like.byteLength); i++) zero.publish(i, 7, like, 1)
      zero.publish(2000, 7, undefined)
      while (one.hasNext(0)) one.take(0)
      one.look()
      for (let i = 0; zero.hasRoom(like.byteLength); i++) zero.publish(i, 7, like, 1)
      expect(zero.slowest).to.equal(2)
      expect([two.hasNext(0), two.of(0).call]).to.deep.equal([true, 2000])
    }
  })

  it('knows of whom something is for whether they know of it', () => {
    const { all } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    zero.publish(0, 7, undefined, 1)
    expect([zero.isSeenBy(1), zero.isSeenBy(2)]).to.deep.equal([false, true])
    one.look()
    expect(zero.isSeenBy(1)).to.equal(true)
    zero.publish(1, 7, undefined)
    expect([zero.isSeenBy(1), zero.isSeenBy(2)]).to.deep.equal([false, false])
    zero.publish(2, 7, undefined, 1)
    two.look()
    expect([zero.isSeenBy(1), zero.isSeenBy(2)]).to.deep.equal([false, true])
    one.look()
    expect(zero.isSeenBy(1)).to.equal(true)
  })

  /** Runs something; before its n-th read or write of a watched word, another thing. */
  function between(operation: 'load' | 'store', n: number, act: () => void, run: () => void): void {
    const atomics = Atomics as unknown as Record<'load' | 'store', (...all: unknown[]) => number>
    const original = atomics[operation]
    let calls = 0
    atomics[operation] = (...all) => {
      if (calls++ === n) {
        atomics[operation] = original
        act()
      }
      return original(...all)
    }
    try {
      run()
    } finally {
      atomics[operation] = original
    }
  }

  for (const reader of [undefined, 2, 1])
    it(`who looks while a record for another is written over sees all of the new one or nothing (for ${reader ?? 'all'})`, () => {
      for (const operation of ['load', 'store'] as const)
        for (let laps = 1; laps <= 3; laps++)
          for (let step = 0; step < 8; step++) {
            const { all } = boards(3)
            const [zero, one, two] = all as [Board, Board, Board]
            const next = 64 * laps
            for (let i = 0; i < next; i++) {
              zero.hasRoom(8)
              zero.publish(i, 7, Float64Array.of(i), 1)
              one.take(0)
              one.look()
            }
            let taken = 0
            const look = (): void => {
              for (; two.hasNext(0); two.take(0), taken++)
                expect([two.of(0).call, two.of(0).double()]).to.deep.equal([next, next])
            }
            const publish = (): void => {
              expect(zero.hasRoom(8)).to.equal(true)
              zero.publish(next, 7, Float64Array.of(next), reader)
            }
            if (operation === 'load') between(operation, step, publish, look)
            else between(operation, step, look, publish)
            if (zero.of(0).count === next) publish()
            look()
            expect(taken).to.equal(reader === 1 ? 0 : 1)
          }
    })

  /** Three ranks of which the first has published so many records, all of which were taken. */
  function after(records: number): readonly [Board, Board, Board] {
    const { all } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    for (const board of all) board.of(0).count = records - 64
    for (let i = 0; i < 64; i++) {
      zero.publish(i, 7, undefined)
      for (const reader of [one, two]) reader.take(0)
    }
    for (const reader of [one, two]) reader.look()
    return [zero, one, two]
  }

  // Numbers begin anew, or change their sign, at powers of two.
  for (const end of [1000, 2 ** 30, 2 ** 31, 2 ** 32]) {
    it(`who is laps behind finds the oldest record that is there, wherever its line is (about ${end})`, () => {
      for (let before = 0; before < 200; before++) {
        const [zero, one, two] = after(end - 100)
        for (let i = 0; i < before; i++) {
          expect(zero.hasRoom(0)).to.equal(true)
          zero.publish(i, 7, undefined, 1)
          one.take(0)
          one.look()
        }
        expect(zero.hasRoom(0)).to.equal(true)
        zero.publish(before, 7, undefined, 2)
        for (let i = 1; zero.hasRoom(0); i++) zero.publish(before + i, 7, undefined, 1)
        expect([two.hasNext(0), two.of(0).call]).to.deep.equal([true, before])
      }
    })

    it(`goes on over its record number ${end}`, () => {
      const [zero, one, two] = after(end - 100)
      for (let i = 0; i < 300; i++) {
        expect([one.hasNext(0), two.hasNext(0)]).to.deep.equal([false, false])
        zero.publish(i, 7, Float64Array.of(i), i % 3 === 0 ? undefined : 1)
        expect([one.hasNext(0), one.of(0).call, two.hasNext(0)]).to.deep.equal([true, i, i % 3 === 0])
        one.take(0)
        if (i % 3 === 0) two.take(0)
      }
    })
  }

  it('shows parts of a record, and numbers that it begins with', () => {
    const { zero, one } = pair()
    for (const length of [6, 100, 3000]) {
      const data = Float64Array.from({ length }, (_, i) => i + 0.5)
      zero.publish(0, 7, data)
      for (const start of [0, 1, 2, length - 2]) {
        for (const target of [new Float64Array(2), new Uint8Array(16), new Float64Array(length - start)]) {
          one.of(0).readPart(8 * start, target, 8 * length)
          expect(Buffer.from(target.buffer)).to.deep.equal(
            Buffer.from(data.slice(start, start + target.byteLength / 8).buffer),
          )
        }
        expect(one.of(0).doubleAt(start, 8 * length)).to.equal(start + 0.5)
      }
      one.take(0)
    }
  })

  it('lends one rank an array, and each of several its own', () => {
    const { all } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    zero.lend(1, 7, [new Float64Array(10).fill(3)], 2)
    expect([zero.isTakenSoon(2), zero.isTakenSoon()]).to.deep.equal([false, false])
    const target = new Float64Array(10)
    expect([two.hasNext(0), two.borrow(0, target), target[9]]).to.deep.equal([true, 'read', 3])
    expect([zero.isTakenSoon(2), zero.isTakenSoon()]).to.deep.equal([true, false])
    expect(one.hasNext(0)).to.equal(false)
    zero.endLoan(true)

    const arrays = [1, 2, 3, 4].map((i) => new Float64Array(i).fill(i))
    zero.lend(2, 7, arrays)
    expect([0, 1, 2, 3, 4].map((place) => one.of(0).lentBytes(place))).to.deep.equal([8, 16, 24, 32, undefined])
    const third = new Float64Array(3)
    expect([one.borrow(0, third, 2), third[2]]).to.deep.equal(['read', 3])
    expect([two.borrow(0, new Float64Array(0), 1), zero.isTakenSoon()]).to.deep.equal(['read', true])
  })

  it('lends data that is taken by each of the others, or taken back', () => {
    const { all } = boards(3)
    const [zero, one, two] = all as [Board, Board, Board]
    expect(zero.lends).to.equal(false)
    for (const board of all) board.explore()
    expect(zero.lends).to.equal(true)

    const target = new Float64Array(1000)
    const data = new Float64Array(1000).fill(5)
    zero.lend(1, 7, [data])
    expect(zero.held).to.deep.equal([data])
    expect([one.of(0).call, one.of(0).signature, one.of(0).lentBytes()]).to.deep.equal([1, 7, 8000])
    expect(one.borrow(0, target)).to.equal('read')
    expect([target[0], target[999]]).to.deep.equal([5, 5])
    expect([zero.isTakenBy(1), zero.isTakenBy(2), zero.isTakenSoon()]).to.deep.equal([true, false, false])
    zero.endLoan(false)
    expect(zero.held).to.deep.equal([])
    expect(two.hasNext(0)).to.equal(false)
    expect(two.borrow(0, target)).to.equal('missing')
  })

  it('what was lent to one rank and is taken back is passed over by all', () => {
    for (const isLate of [false, true]) {
      const { all } = boards(3)
      const [zero, one, two] = all as [Board, Board, Board]
      zero.lend(1, 7, [new Float64Array(1000)], 1)
      if (isLate) expect([one.hasNext(0), two.hasNext(0)]).to.deep.equal([true, false])
      zero.endLoan(false)
      expect(one.borrow(0, new Float64Array(1000))).to.equal('missing')
      // Nobody waits until that is known.
      expect([zero.isSeenBy(1), zero.isSeenBy(2)]).to.deep.equal([true, true])
      zero.publish(2, 7, undefined)
      for (const reader of [one, two]) expect([reader.hasNext(0), reader.of(0).call]).to.deep.equal([true, 2])
      one.look()
      expect(zero.isSeenBy(1)).to.equal(true)
    }
  })

  it('does not wait until others know of what was taken back, but of what came before and comes after', () => {
    const { zero, one } = pair()
    zero.publish(0, 7, undefined)
    zero.lend(1, 7, [new Float64Array(1000)])
    zero.endLoan(false)
    expect(zero.isSeenBy(1)).to.equal(false)
    one.look()
    expect(zero.isSeenBy(1)).to.equal(true)

    // Who has seen it, or taken it, has seen all as well.
    one.lend(0, 7, [new Float64Array(1000)])
    zero.look()
    one.endLoan(false)
    expect(one.isSeenBy(0)).to.equal(true)
    zero.take(1)
    one.publish(1, 7, undefined)
    expect(one.isSeenBy(0)).to.equal(false)
    zero.look()
    expect(one.isSeenBy(0)).to.equal(true)
  })

  it('says when what was lent cannot be read', () => {
    const { all, lent } = boards(2)
    const [zero, one] = all as [Board, Board]
    zero.lend(1, 7, [new Float64Array(10)])
    lent.length = 0
    expect(one.borrow(0, new Float64Array(10))).to.equal('refused')
    expect(zero.isTakenBy(1)).to.equal(false)
  })

  it('tells how many collectives each rank has entered', () => {
    const { zero, one } = pair()
    one.enter(5)
    expect([zero.entered(1), zero.entered(0)]).to.deep.equal([5, 0])
  })

  it('has room for the data of many ranks in a few MB', () => {
    for (const ranks of [2, 8, 64, 256]) expect(new BoardLayout(ranks).bytes).to.be.below(2 ** 25)
    expect(new BoardLayout(8).pieceBytes).to.equal(262_144)
  })

  it('stays within its memory, whatever somebody writes there', () => {
    const random = new Random(11)
    for (let round = 0; round < 300; round++) {
      const { all, words } = boards(2)
      const [zero, one] = all as [Board, Board]
      for (let step = 0; step < 100; step++) {
        if (random.chance(0.3)) words[random.below(2000)] = random.below(2 ** 31) * (random.chance(0.5) ? 1 : -2)
        const array = new Float64Array(random.pick([1, 6, 7, 100]))
        if (zero.hasRoom(array.byteLength)) zero.publish(step, 1, array)
        if (one.hasNext(0)) {
          if (one.of(0).bytes === array.byteLength) one.of(0).read(array)
          one.of(0).view(array)
          one.take(0)
        }
        one.look()
        zero.isSeenBy(1)
        expect(zero.slowest).to.equal(1)
      }
    }
  })
})
