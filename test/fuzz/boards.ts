/** Boards in memory that somebody else writes to as well, anywhere and at any time. */
import { BoardLayout, LINE, LINES } from '../../src/transport/board-layout.ts'
import type { BoardOptions } from '../../src/transport/board-publisher.ts'
import { Board } from '../../src/transport/board.ts'
import type { TypedArray } from '../../src/wire/element-type.ts'
import type { Random } from '../support/random.ts'
import { oddWord, type Target } from './target.ts'

const RANKS = 3
const layout = new BoardLayout(RANKS)
const ARRAYS: readonly TypedArray[] = [
  new Uint8Array(0),
  new Float64Array(1),
  new Float64Array(6),
  new BigInt64Array(7),
  new Int16Array(500),
  new Uint8Array(layout.pieceBytes),
]

/** The words of a rank that are more than data: how far it is, what it has taken and seen, the heads of its records. */
function overwrite(words: Int32Array, random: Random): void {
  const rank = random.below(RANKS)
  const record = layout.lines(rank) + LINE * random.below(LINES) + 4 * random.below(4)
  const early = layout.entered(rank) + 4 * random.below((layout.lines(rank) - layout.entered(rank)) / 4)
  const anywhere = 4 * random.below(layout.bytes / 4)
  const at = (random.chance(0.1) ? anywhere : random.chance(0.4) ? early : record) / 4
  words[at] = random.chance(0.3) ? (words[record / 4] as number) + random.below(3) - 1 : oddWord(random)
}

export const boards: Target = {
  name: 'boards',
  share: 20,
  attack: (random) => {
    const memory = new ArrayBuffer(layout.bytes)
    const words = new Int32Array(memory)
    const all = Array.from({ length: RANKS }, (_, own) => {
      const hail = (rank: number): void => {
        if (rank === own || rank < 0 || rank >= RANKS) throw new Error(`rank ${own} hails ${rank}`)
      }
      const others: BoardOptions['memory'] = {
        explore: () => {},
        isOpen: () => true,
        address: (data) => ARRAYS.indexOf(data),
        read: (_rank, address, target) => ARRAYS[address]?.byteLength === target.byteLength,
      }
      const pause = (): void => {}
      return new Board(memory, layout, {
        own,
        looks: 1,
        pauses: 0,
        pause,
        isComplete: () => true,
        hail,
        memory: others,
      })
    })
    for (let step = 0; step < 100; step++) {
      if (random.chance(0.3)) overwrite(words, random)
      const board = random.pick(all)
      if (random.chance(0.5)) publish(board, random, step)
      else read(board, (board.own + 1 + random.below(RANKS - 1)) % RANKS, random)
    }
  },
}

function publish(board: Board, random: Random, call: number): void {
  const data = random.pick(ARRAYS)
  const { own, slowest } = board
  if (slowest === own || slowest < 0 || slowest >= RANKS) throw new Error(`rank ${own} waits for ${slowest}`)
  if (!board.hasRoom(data.byteLength)) return
  const reader = random.chance(0.3) ? (own + 1 + random.below(RANKS - 1)) % RANKS : undefined
  if (random.chance(0.2)) {
    board.lend(call, 1, random.chance(0.5) ? [data] : [random.pick(ARRAYS), data], reader)
    board.isTakenSoon(reader)
    if (random.chance(0.2)) board.endLoan(false)
    return
  }
  if (random.chance(0.2)) {
    const draft = board.draft(data)
    check(draft, own, data)
    board.publish(call, 1, draft, reader)
    return
  }
  board.publish(call, 1, random.chance(0.1) ? undefined : data, reader)
  if (data.byteLength > 0) check(board.of(own).view(data), own, data)
}

/** As an assembly does it: what has another length than is due is an error of whoever published it. */
function read(board: Board, rank: number, random: Random): void {
  board.look()
  board.wait()
  board.isSeenBy(rank)
  board.begins(random.below(2 ** 30))
  board.enter(board.entered(rank))
  if (!board.hasNext(rank)) return
  const due = random.pick(ARRAYS)
  const place = random.below(3)
  if (board.of(rank).lentBytes(place) !== undefined) {
    if (board.of(rank).lentBytes(place) !== due.byteLength || board.borrow(rank, due.slice(), place) === 'read') return
  } else if (board.of(rank).bytes === due.byteLength) {
    check(board.of(rank).view(due), rank, due)
    board.of(rank).read(due.slice())
    board.of(rank).double()
    board.of(rank).readPart(0, due.slice(), due.byteLength)
  }
  board.take(rank)
}

/** What is shown as a rank's lies in its own area, and is what was asked for. */
function check(view: TypedArray, rank: number, like: TypedArray): void {
  const [start, end] = [view.byteOffset, view.byteOffset + view.byteLength]
  if (view.byteLength !== like.byteLength || view.constructor !== like.constructor)
    throw new Error(`${view.byteLength} bytes where ${like.byteLength} are due`)
  if (start < layout.lines(rank) || end > layout.data(rank) + layout.dataBytes)
    throw new Error(`data of rank ${rank} from ${start} to ${end}`)
}
