/**
 * Linear gather: every rank sends its block to the root. Blocks may differ in type and size. Where one does not fit, the root
 * takes the others before it fails: nothing is written to its memory afterwards.
 *
 * For few ranks, or large blocks. 1 step; the root receives p − 1 messages of n/p bytes.
 */
import { MpiError } from '../../errors.ts'
import type { Blocks } from '../blocks.ts'

export async function gatherLinear(blocks: Blocks): Promise<void> {
  const { number, size } = blocks
  if (number > 0) return blocks.send(number, 1, 0)
  const receives: Promise<MpiError | undefined>[] = []
  for (let peer = 1; peer < size; peer++) receives.push(misfitOf(blocks.receive(peer, 1, peer)))
  const misfit = (await Promise.all(receives)).find((error) => error !== undefined)
  if (misfit !== undefined) throw misfit
}

async function misfitOf(receive: Promise<void>): Promise<MpiError | undefined> {
  try {
    await receive
    return undefined
  } catch (error) {
    if (error instanceof MpiError && error.code === 'ERR_MISMATCH') return error
    throw error
  }
}
