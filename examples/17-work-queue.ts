// A queue on rank 0 to which the workers also add: the eight queens' problem, where placing a queen makes new work.
//   zmpirun -n 4 examples/17-work-queue.ts
import { equal } from 'node:assert/strict'
import { world } from 'zmpi'

const N = 8
const SPLIT = 3 // queens after which a worker finishes a board by itself
const TASK = 1
const DONE = 2
type Board = readonly number[] // the column of the queen in each row so far
interface Outcome {
  solutions: number
  more: Board[]
}

const free = (board: Board, column: number): boolean =>
  board.every((other, row) => other !== column && Math.abs(other - column) !== board.length - row)

const extensions = (board: Board): Board[] =>
  Array.from({ length: N }, (_, column) => column)
    .filter((column) => free(board, column))
    .map((column) => [...board, column])

const count = (board: Board): number =>
  board.length === N ? 1 : extensions(board).reduce((sum, next) => sum + count(next), 0)

const work = (board: Board): Outcome =>
  board.length < SPLIT ? { solutions: 0, more: extensions(board) } : { solutions: count(board), more: [] }

/** Rank 0: the work is done when the queue is empty and nobody works. Alone, it works itself. */
async function keepQueue(): Promise<number> {
  const queue: Board[] = [[]]
  const idle = Array.from({ length: world.size - 1 }, (_, i) => i + 1)
  let busy = 0
  let solutions = 0
  while (queue.length > 0 || busy > 0) {
    while (queue.length > 0 && idle.length > 0) {
      await world.send(queue.shift(), idle.shift() ?? 0, { tag: TASK })
      busy++
    }
    let outcome: Outcome
    if (world.size === 1) outcome = work(queue.shift() ?? [])
    else {
      const message = await world.receiveMessage<Outcome>(undefined, { tag: DONE })
      outcome = message.value
      idle.push(message.source)
      busy--
    }
    solutions += outcome.solutions
    queue.push(...outcome.more)
  }
  for (const worker of idle) await world.send(null, worker, { tag: TASK })
  return solutions
}

if (world.rank === 0) {
  const solutions = await keepQueue()
  console.log(`${N} queens can be placed in ${solutions} ways`)
  equal(solutions, 92)
} else
  for await (const { value: board } of world.messages<Board | null>(0, { tag: TASK })) {
    if (board === null) break
    await world.send(work(board), 0, { tag: DONE })
  }
