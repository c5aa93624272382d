/**
 * Reduce in shared memory: every rank but the root puts its operand on the board, for the root alone, piece by piece, and the
 * root folds them in rank order. Of large arrays each rank folds a part of every piece, of which the root collects the
 * results.
 *
 * For the ranks of one host. 1 step: all but the root write n bytes, and wait for nobody but for room; the root folds
 * p − 1 times. Of large arrays each rank folds (1 − 1/p)·n and all but the root write n/p more: 2 steps for each piece. Of two
 * ranks each shows the other its part only: n/2 bytes less. By vector instructions all is folded in memory for them.
 */
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { assign, slice } from '../array.ts'
import { endGiving, whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { OVER } from '../over.ts'
import { balanced } from '../partition.ts'
import { passedBytes, piecesOf } from '../pieces.ts'
import { vectorsOf } from '../vectors.ts'

/** From here on (bytes that the root would fold alone) to fold a part costs less than the second step. */
const IN_PARTS = 1024 * 1024
/** From here on vector instructions are worth the copy of the root's operand. */
const BY_VECTORS = 4096

/** `work` is the operand, and at the root the result. */
export function reduceShared(
  channel: Channel,
  assembly: Assembly,
  work: TypedArray,
  kernel: Kernel,
  root: number,
): Promise<void> {
  if ((channel.size - 1) * byteLengthOf(work) >= IN_PARTS) return inParts(channel, assembly, work, kernel, root)
  const turn = assembly.begin(channel)
  if (channel.rank !== root)
    return turn === undefined
      ? give(channel, assembly, work, root)
      : whenThere(turn, give, channel, assembly, work, root)
  return turn === undefined
    ? collect(channel, assembly, work, kernel)
    : whenThere(turn, collect, channel, assembly, work, kernel)
}

/** Shows the root this rank's operand. */
function give(channel: Channel, assembly: Assembly, operand: TypedArray, root: number): Promise<void> {
  let room: Promise<void> | undefined
  try {
    const isOne = byteLengthOf(operand) <= passedBytes(assembly)
    room = isOne ? assembly.publish(operand, root) : givePieces(assembly, operand, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return room === undefined ? endGiving(channel, assembly, root) : whenThere(room, endGiving, channel, assembly, root)
}

async function givePieces(assembly: Assembly, operand: TypedArray, root: number): Promise<void> {
  for (const piece of piecesOf(operand, passedBytes(assembly))) {
    const room = assembly.publish(piece, root)
    if (room !== undefined) await room
  }
}

/** At the root: waits for the others' operands, and folds them. */
function collect(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  if (byteLengthOf(work) > passedBytes(assembly)) return collectPieces(channel, assembly, work, kernel)
  let met: Promise<void> | undefined
  try {
    met = assembly.records()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return met === undefined
    ? finish(channel, assembly, work, kernel)
    : whenThere(met, finish, channel, assembly, work, kernel)
}

async function collectPieces(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  try {
    for (const piece of piecesOf(work, passedBytes(assembly))) {
      const met = assembly.records()
      if (met !== undefined) await met
      fold(channel, assembly, piece, kernel)
    }
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

function finish(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  try {
    fold(channel, assembly, work, kernel)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

/** Folds what all others show and the own operand, `work`, into that; takes what they show. */
function fold(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): void {
  const isLong = byteLengthOf(work) >= BY_VECTORS
  const vectorKernel = isLong ? vectorsOf(channel, assembly)?.kernel(kernel, work) : undefined
  if (vectorKernel === undefined) foldLoops(channel, assembly, work, kernel)
  else foldVectors(channel, assembly, work, kernel, vectorKernel)
  assembly.takeAll()
}

function foldLoops({ rank: own, size, scratch }: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): void {
  let mine = work
  if (own > 0) {
    mine = scratch.operand(work)
    assign(mine, work)
    assembly.read(0, work)
  }
  for (let rank = 1; rank < size; rank++) kernel(work, rank === own ? mine : assembly.view(rank, work), work)
}

function foldVectors(
  { rank: own, size }: Channel,
  assembly: Assembly,
  work: TypedArray,
  kernel: Kernel,
  vectorKernel: Kernel,
): void {
  const result = assembly.apart(work)
  assign(result, own === 0 ? work : assembly.view(0, work))
  for (let rank = 1; rank < size; rank++)
    if (rank === own) kernel(result, work, result)
    else vectorKernel(result, assembly.view(rank, work), result)
  assign(work, result)
}

/** The same for numbers: the root's result. */
export function reduceNumberShared(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
  root: number,
): Promise<unknown> {
  const turn = assembly.begin(channel)
  if (channel.rank !== root) {
    const operand = Float64Array.of(value)
    return turn === undefined
      ? give(channel, assembly, operand, root)
      : whenThere(turn, give, channel, assembly, operand, root)
  }
  return turn === undefined
    ? collectNumbers(channel, assembly, value, op)
    : whenThere(turn, collectNumbers, channel, assembly, value, op)
}

function collectNumbers(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  let met: Promise<void> | undefined
  try {
    met = assembly.records()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  return met === undefined
    ? foldNumbers(channel, assembly, value, op)
    : whenThere(met, foldNumbers, channel, assembly, value, op)
}

function foldNumbers(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  let total: unknown
  try {
    const operand = (rank: number): number => (rank === channel.rank ? value : assembly.number(rank))
    total = operand(0)
    for (let rank = 1; rank < channel.size; rank++) total = op(total, operand(rank))
    assembly.takeAll()
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return Promise.resolve(total)
}

async function inParts(
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
      assembly.takeAll(root)
      const absence = isRoot ? undefined : assembly.absence()
      if (absence !== undefined) throw absence
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
