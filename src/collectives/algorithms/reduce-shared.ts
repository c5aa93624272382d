/**
 * Reduce in shared memory: every rank but the root puts its operand on the board, and the root folds all of them in rank
 * order. Of large arrays each rank folds a part of every piece, of which the root collects the results.
 *
 * For the ranks of one host. Small arrays: 1 step; all but the root write n bytes, the root folds p − 1 times; two ranks do
 * not wait for each other but where the root does. Of others each rank folds (1 − 1/p)·n and all but the root write n/p more: 2 steps
 * for each piece. Of two ranks each shows the other its part only: n/2 bytes less. By vector instructions a part is folded on
 * the board.
 */
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { assign, slice } from '../array.ts'
import { whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { OVER } from '../over.ts'
import { balanced } from '../partition.ts'
import { piecesOf } from '../pieces.ts'
import { vectorsOf } from '../vectors.ts'

/** From here on (bytes) to fold a part costs less than the second step. */
const IN_PARTS = 16 * 1024

/** `work` is the operand, and at the root the result. */
export function reduceShared(
  channel: Channel,
  assembly: Assembly,
  work: TypedArray,
  kernel: Kernel,
  root: number,
): Promise<void> {
  const bytes = byteLengthOf(work)
  if (bytes >= IN_PARTS || bytes > assembly.pieceBytes) return large(channel, assembly, work, kernel, root)
  const shown = show(channel, assembly, work, root)
  return shown === undefined
    ? finish(channel, assembly, work, kernel, root)
    : whenThere(shown, finish, channel, assembly, work, kernel, root)
}

/** The same for numbers: the root's result. */
export function reduceNumberShared(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
  root: number,
): Promise<unknown> {
  const shown = show(channel, assembly, Float64Array.of(value), root)
  return shown === undefined
    ? finishNumber(channel, assembly, value, op, root)
    : whenThere(shown, finishNumber, channel, assembly, value, op, root)
}

/** Begins the call, shows what is not the root's, and resolves when that of all others is there. */
function show(channel: Channel, assembly: Assembly, operand: TypedArray, root: number): Promise<unknown> | undefined {
  const turn = assembly.begin(channel)
  if (turn !== undefined) return showAfter(turn, channel, assembly, operand, root)
  const room = channel.rank === root ? undefined : assembly.publish(operand)
  return room === undefined ? assembly.records(root) : recordsAfter(room, assembly, root)
}

async function showAfter(
  turn: Promise<void>,
  channel: Channel,
  assembly: Assembly,
  operand: TypedArray,
  root: number,
): Promise<void> {
  await turn
  if (channel.rank !== root) await assembly.publish(operand)
  await assembly.records(root)
}

async function recordsAfter(room: Promise<void>, assembly: Assembly, root: number): Promise<void> {
  await room
  await assembly.records(root)
}

function finish(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel, root: number): Promise<void> {
  try {
    if (channel.rank === root) fold(channel, assembly, work, kernel)
    part(channel, assembly, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

function finishNumber(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
  root: number,
): Promise<unknown> {
  let total: unknown
  try {
    if (channel.rank === root) {
      const operand = (rank: number): number => (rank === root ? value : assembly.number(rank))
      total = operand(0)
      for (let rank = 1; rank < channel.size; rank++) total = op(total, operand(rank))
    }
    part(channel, assembly, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return Promise.resolve(total)
}

/** What the others have shown is not needed any more. Throws when one of them will never see what was shown here. */
function part(channel: Channel, assembly: Assembly, root: number): void {
  assembly.takeAll(root)
  const absence = channel.rank === root ? undefined : assembly.absence()
  if (absence !== undefined) throw absence
}

/** At the root: folds what all others show and its own `work`, into that. */
function fold({ rank: own, size, scratch }: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): void {
  let mine = work
  if (own > 0) {
    mine = scratch.operand(work)
    assign(mine, work)
    assembly.read(0, work)
  }
  for (let rank = 1; rank < size; rank++) kernel(work, rank === own ? mine : assembly.view(rank, work), work)
}

async function large(
  channel: Channel,
  assembly: Assembly,
  work: TypedArray,
  kernel: Kernel,
  root: number,
): Promise<void> {
  try {
    await assembly.begin(channel)
    const isRoot = channel.rank === root
    const vectorKernel = vectorsOf(channel, assembly)?.kernel(kernel, work)
    for (const piece of piecesOf(work, assembly.pieceBytes)) {
      const { starts, counts } = balanced(piece.length, channel.size)
      const partOf = (rank: number): TypedArray => slice(piece, starts[rank] as number, counts[rank] as number)
      await assembly.publish(channel.size === 2 ? partOf(1 - channel.rank) : piece)
      await assembly.records()
      const own = partOf(channel.rank)
      await assembly.room(byteLengthOf(own))
      // The others' operands are as they were.
      const result = vectorKernel === undefined ? channel.scratch.operand(own) : assembly.draft(own)
      foldPart(channel, assembly, piece, vectorKernel ?? kernel, own, result, starts[channel.rank] as number)
      if (isRoot) assign(own, result)
      else await assembly.publish(result)
      await assembly.records(root)
      if (isRoot) for (let rank = 0; rank < channel.size; rank++) if (rank !== root) assembly.read(rank, partOf(rank))
      part(channel, assembly, root)
    }
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

/** Folds the part of a piece that is `mine`, from `start` on, with what the others show of it, into `result`; takes what they show. */
function foldPart(
  { rank: own, size }: Channel,
  assembly: Assembly,
  piece: TypedArray,
  kernel: Kernel,
  mine: TypedArray,
  result: TypedArray,
  start: number,
): void {
  if (size === 2) {
    // The other one shows no more than this part.
    const theirs = assembly.view(1 - own, mine)
    assign(result, mine)
    if (own === 0) kernel(result, theirs, result)
    else kernel(theirs, result, result)
  } else if (mine.length > 0) {
    const shown = (rank: number): TypedArray => slice(assembly.view(rank, piece), start, mine.length)
    kernel(shown(0), shown(1), result)
    for (let rank = 2; rank < size; rank++) kernel(result, shown(rank), result)
  }
  assembly.takeAll()
}
