/**
 * Gather of values of any type and length in shared memory: every rank but the root shows the root a head, which says what
 * comes and holds all of a short value; a longer one follows as a block does.
 *
 * For the ranks of one host. 1 step for values of up to 1 KiB; else 2, see gather-shared.
 */
import { MpiError } from '../../errors.ts'
import { bodyOf, ownedBody } from '../../wire/body.ts'
import type { Encoded } from '../../wire/codec.ts'
import { allocate } from '../../wire/payload.ts'
import { comes, endGiving, whenThere, type Assembly } from '../assembly.ts'
import type { Channel } from '../channel.ts'
import { copyGiven, giveBegun } from './gather-shared.ts'

/** Gives the root this rank's value, as it is now; a typed array may be changed when the promise resolves. */
export function giveValueShared(channel: Channel, assembly: Assembly, value: unknown, root: number): Promise<void> {
  let encoded: Encoded
  try {
    encoded = channel.encode(value)
  } catch (error) {
    return refuse(channel, assembly, error)
  }
  const { type, body, isLasting } = encoded
  const { bytes } = bodyOf(body)
  const turn = assembly.begin(channel)
  if (turn === undefined) return describe(channel, assembly, type, bytes, isLasting, root)
  return whenThere(turn, describe, channel, assembly, type, isLasting ? bytes : bytes.slice(), true, root)
}

/** A call that counts, in which this rank has nothing to give. */
export async function refuse(channel: Channel, assembly: Assembly, error: unknown): Promise<never> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  return assembly.fail(channel, error)
}

/** In a call that has begun. */
function describe(
  channel: Channel,
  assembly: Assembly,
  type: number,
  bytes: Uint8Array,
  isLasting: boolean,
  root: number,
): Promise<void> {
  const head = channel.scratch.longHead
  head.describeIn(type, bytes)
  let room: Promise<void> | undefined
  try {
    room = assembly.publish(head.record, root)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  if (head.body !== undefined)
    return room === undefined ? endGiving(channel, assembly, root) : whenThere(room, endGiving, channel, assembly, root)
  const block = isLasting ? bytes : bytes.slice()
  return room === undefined
    ? giveBegun(channel, assembly, block, root)
    : whenThere(room, giveBegun, channel, assembly, block, root)
}

/** At the root: resolves with the values of all ranks, of which one is its own. */
export async function collectValuesShared(channel: Channel, assembly: Assembly, own: unknown): Promise<unknown[]> {
  const turn = assembly.begin(channel)
  if (turn !== undefined) await turn
  const losses: unknown[] = []
  try {
    const met = assembly.records()
    if (met !== undefined) await comes(() => met, losses)
  } catch (error) {
    return assembly.fail(channel, error)
  }
  const values: unknown[] = Array.from({ length: channel.size })
  values[channel.rank] = own
  if (losses.length === 0) return collectAll(channel, assembly, values)
  // Others may lend, and wait until that is taken.
  collectAll(channel, assembly, values).catch(() => {})
  throw losses[0]
}

/** Where one has left, takes the values of the others before it rejects. */
async function collectAll(channel: Channel, assembly: Assembly, values: unknown[]): Promise<unknown[]> {
  const losses: unknown[] = []
  try {
    for (let rank = 0; rank < channel.size; rank++) {
      if (rank === channel.rank) continue
      const there = assembly.record(rank)
      if (there !== undefined && !(await comes(() => there, losses))) continue
      const head = channel.scratch.longHead
      head.expect(assembly.bytes(rank))
      assembly.read(rank, head.record)
      assembly.take(rank)
      const { type, bytes, body } = head
      if (body !== undefined) values[rank] = channel.unpack(type, body, bytes)
      else
        await comes(async () => {
          values[rank] = await collect(channel, assembly, rank, type, bytes)
        }, losses)
    }
    if (losses.length > 0) throw losses[0]
  } catch (error) {
    return assembly.fail(channel, error)
  }
  assembly.end()
  return values
}

async function collect(
  channel: Channel,
  assembly: Assembly,
  rank: number,
  type: number,
  bytes: number,
): Promise<unknown> {
  const { memory } = allocate(type, bytes)
  const given = await copyGiven(assembly, rank, memory)
  if (given !== bytes)
    throw new MpiError('ERR_PROTOCOL', `gather: rank ${rank} gives ${given} bytes instead of ${bytes}`)
  return channel.unpack(type, ownedBody(memory), bytes)
}
