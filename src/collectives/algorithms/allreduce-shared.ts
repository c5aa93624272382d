/**
 * Allreduce in shared memory: every rank puts its operand on the board piece by piece, and folds those of all ranks
 * itself, in rank order: so all get identical bits.
 *
 * For the ranks of one host. 1 step for each piece; each rank writes n bytes, reads p·n within the caches and folds p − 1
 * times.
 */
import { byteLengthOf, type TypedArray } from '../../wire/element-type.ts'
import { assign } from '../array.ts'
import type { Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import type { Kernel } from '../kernels.ts'
import { OVER } from '../over.ts'
import { piecesOf } from '../pieces.ts'

/** `work` is the operand, and the result. */
export function allreduceShared(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  if (byteLengthOf(work) > assembly.pieceBytes) return inPieces(channel, assembly, work, kernel)
  const met = assembly.meet(channel, work)
  if (met === undefined) return finish(channel, assembly, work, kernel)
  return met.then(() => finish(channel, assembly, work, kernel)).catch(assembly.fail)
}

function finish(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  fold(channel.size, assembly, work, kernel)
  assembly.end()
  return OVER
}

async function inPieces(channel: Channel, assembly: Assembly, work: TypedArray, kernel: Kernel): Promise<void> {
  await assembly.begin(channel)
  try {
    for (const piece of piecesOf(work, assembly.pieceBytes)) {
      const met = assembly.exchange(piece)
      if (met !== undefined) await met
      fold(channel.size, assembly, piece, kernel)
    }
    assembly.end()
  } catch (error) {
    await assembly.fail(error)
  }
}

/** Folds the pieces of all ranks, and takes them. */
function fold(size: number, assembly: Assembly, piece: TypedArray, kernel: Kernel): void {
  if (piece.length > 0) {
    const first = assembly.view(0, piece)
    if (size === 1) assign(piece, first)
    else kernel(first, assembly.view(1, piece), piece)
    for (let rank = 2; rank < size; rank++) kernel(piece, assembly.view(rank, piece), piece)
  }
  assembly.takeAll()
}

/** The same for numbers. */
export function allreduceNumberShared(
  channel: Channel,
  assembly: Assembly,
  value: number,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  const met = assembly.meet(channel, Float64Array.of(value))
  if (met === undefined) return foldNumbers(channel, assembly, op)
  return met.then(() => foldNumbers(channel, assembly, op)).catch(assembly.fail)
}

function foldNumbers(
  { size }: Channel,
  assembly: Assembly,
  op: (lower: unknown, higher: number) => unknown,
): Promise<unknown> {
  let total: unknown = assembly.number(0)
  for (let rank = 1; rank < size; rank++) total = op(total, assembly.number(rank))
  assembly.takeAll()
  assembly.end()
  return Promise.resolve(total)
}
