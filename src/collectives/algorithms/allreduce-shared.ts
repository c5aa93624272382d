/**
 * Allreduce in shared memory: every rank puts its operand on the board piece by piece, and folds those of all ranks, in
 * rank order: so all get identical bits.
 *
 * For the ranks of one host. Small arrays each rank folds whole: 1 step; each writes n bytes and folds p − 1 times. Of
 * others each folds a block of every piece, and puts the result on the board: 2 steps for each piece; each rank writes
 * (1 + 1/p)·n bytes, folds (1 − 1/p)·n and copies as much, within the caches. Of two ranks each needs to show the other
 * its block only: n/2 bytes less. By vector instructions a block is folded where it is published from, and copied from there.
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

/** From here on (bytes) what others show is copied before it is folded, until vector instructions fold it. */
const COPIED = 256
/** From here on to fold a block costs less than the second step. */
const IN_BLOCKS = 16 * 1024

/** `work` is the operand, and the result. */
export function allreduceShared(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  const bytes = byteLengthOf(work)
  if (bytes >= IN_BLOCKS || bytes > assembly.pieceBytes) return large(channel, assembly, work, kernel)
  const met = assembly.meet(channel, work)
  return met === undefined
    ? finish(channel, assembly, work, kernel)
    : whenThere(met, finish, channel, assembly, work, kernel)
}

async function large(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  const bytes = byteLengthOf(work)
  try {
    await assembly.begin(channel)
    if (bytes < IN_BLOCKS) await inPieces(channel, assembly, work, kernel)
    else if (channel.size === 2) await inHalves(channel, assembly, work, kernel)
    else await inBlocks(channel, assembly, work, kernel)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
}

async function inPieces(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  for (const piece of piecesOf(work, assembly.pieceBytes)) {
    const met = assembly.exchange(piece)
    if (met !== undefined) await met
    fold(channel.size, assembly, piece, kernel, piece, 0)
  }
}

async function inBlocks(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  const vectorKernel = vectorsOf(channel, assembly)?.kernel(kernel, work)
  for (const piece of piecesOf(work, assembly.pieceBytes)) {
    const { starts, counts } = balanced(piece.length, channel.size)
    const blockOf = (rank: number): TypedArray => slice(piece, starts[rank] as number, counts[rank] as number)
    const own = blockOf(channel.rank)
    const met = assembly.exchange(piece)
    if (met !== undefined) await met
    const room = vectorKernel && assembly.room(byteLengthOf(own))
    if (room !== undefined) await room
    // By vector instructions it is folded where it is published from.
    const result = vectorKernel === undefined ? own : assembly.draft(own)
    fold(channel.size, assembly, piece, vectorKernel ?? kernel, result, starts[channel.rank] as number)
    await show(assembly, result, own)
    for (let rank = 0; rank < channel.size; rank++) if (rank !== channel.rank) assembly.read(rank, blockOf(rank))
    assembly.takeAll()
  }
}

async function inHalves(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  const vectorKernel = vectorsOf(channel, assembly)?.kernel(kernel, work)
  const combine = vectorKernel ?? kernel
  const isLower = channel.rank === 0
  const other = 1 - channel.rank
  for (const piece of piecesOf(work, assembly.pieceBytes)) {
    const middle = piece.length >> 1
    const halves = [slice(piece, 0, middle), slice(piece, middle, piece.length - middle)] as const
    const [own, shown] = isLower ? halves : [halves[1], halves[0]]
    const published = assembly.publish(shown)
    if (published !== undefined) await published
    const room = vectorKernel && assembly.room(byteLengthOf(own))
    if (room !== undefined) await room
    // By vector instructions it is folded where it is published from.
    const result = vectorKernel === undefined ? own : assembly.draft(own)
    if (result !== own) assign(result, own)
    const there = assembly.record(other)
    if (there !== undefined) await there
    const theirs = assembly.view(other, own)
    if (isLower) combine(result, theirs, result)
    else combine(theirs, result, result)
    assembly.take(other)
    await show(assembly, result, own)
    assembly.read(other, shown)
    assembly.take(other)
  }
}

/** Publishes a fold, `own` or a draft, which then is in `own` too. Resolves when those of all others are there. */
async function show(assembly: Assembly, result: TypedArray, own: TypedArray): Promise<void> {
  const published = assembly.publish(result)
  if (published !== undefined) await published
  if (result !== own) assign(own, result)
  const combined = assembly.records()
  if (combined !== undefined) await combined
}

function finish(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  try {
    if (byteLengthOf(work) < COPIED) fold(channel.size, assembly, work, kernel, work, 0)
    else foldCopies(channel, assembly, work, kernel)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return OVER
}

/** Folds the pieces of all ranks, and takes them. Copies each first, which waits for many of its lines at once: a loop, for one or two. */
function foldCopies({ rank: own, size, scratch }: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): void {
  const copy = scratch.operand(work)
  if (own !== 0) assembly.read(0, work)
  for (let rank = 1; rank < size; rank++) {
    if (rank !== own) assembly.read(rank, copy)
    kernel(work, rank === own ? assembly.view(own, work) : copy, work)
  }
  assembly.takeAll()
}

/** Folds what lies in the pieces of all ranks where `target` lies in this one's, from `start` on, and takes them. */
function fold(
  size: number,
  assembly: Assembly,
  piece: TypedArray,
  kernel: Kernel,
  target: TypedArray,
  start: number,
): void {
  const { length } = target
  if (length > 0) {
    const first = partOf(assembly, 0, piece, start, length)
    if (size === 1) assign(target, first)
    else kernel(first, partOf(assembly, 1, piece, start, length), target)
    for (let rank = 2; rank < size; rank++) kernel(target, partOf(assembly, rank, piece, start, length), target)
  }
  assembly.takeAll()
}

function partOf(assembly: Assembly, rank: number, piece: TypedArray, start: number, length: number): TypedArray {
  const whole = assembly.view(rank, piece)
  return whole.length === length ? whole : slice(whole, start, length)
}

/** The same for numbers. */
export function allreduceNumberShared(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  const met = assembly.meet(channel, Float64Array.of(value))
  return met === undefined ? foldNumbers(channel, assembly, op) : whenThere(met, foldNumbers, channel, assembly, op)
}

function foldNumbers(
  channel: Channel,
  assembly: Assembly,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  try {
    let total: unknown = assembly.number(0)
    for (let rank = 1; rank < channel.size; rank++) total = op(total, assembly.number(rank))
    assembly.takeAll()
    assembly.end()
    return Promise.resolve(total)
  } catch (error) {
    return assembly.fail(channel, error)
  }
}
