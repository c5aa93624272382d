import * as fs from 'node:fs'
import { expect } from 'chai'
import { isMpiError } from '../../src/errors.ts'
import { Op } from '../../src/collectives/op.ts'
import { LINE, LINES } from '../../src/transport/board-layout.ts'
import { loadNative } from '../../src/transport/native.ts'
import { openSharedMemory } from '../../src/transport/shared-memory/open.ts'
import { createSegment, readLayout, type SegmentLayout } from '../../src/transport/shared-memory/segment.ts'
import { makeJob, type TestJob } from '../support/job.ts'
import { JOB } from '../support/networks.ts'
import { Random } from '../support/random.ts'
import { oddWord } from './target.ts'

/** A job whose shared memory lies open: all of its words. */
interface OpenJob extends TestJob {
  readonly words: Int32Array
  readonly layout: SegmentLayout
}

/** Ranks in this process that give up whoever speaks nonsense, as a session does. */
async function openJob(size: number): Promise<OpenJob> {
  const native = loadNative()
  if (typeof native === 'string') throw new Error(native)
  const segment = createSegment(size, JOB)
  if (typeof segment === 'string') throw new Error(segment)
  const fd = fs.openSync(segment.path, 'r+')
  const layout = readLayout(fd, JOB)
  const words = new Int32Array(native.map(fd, 0, layout.bytes))
  fs.closeSync(fd)
  const neighbours = Array.from({ length: size }, (_, rank) => rank)
  const job = await makeJob(size, async (receivers) => ({
    transports: receivers.map((receiver, rank) => {
      const lost = (peer: number, reason: string, isGarbled: boolean): void => {
        receiver.lost(peer, reason, isGarbled)
        job.endpoints[rank]?.departed(peer, { how: isGarbled ? 'garbled' : 'failed', detail: reason })
      }
      const transport = openSharedMemory(segment.path, {
        job: JOB,
        rank,
        ranks: size,
        neighbours,
        receiver: { packet: (header, body) => receiver.packet(header, body), lost },
        cores: size,
      })
      if (typeof transport === 'string') throw new Error(transport)
      return transport
    }),
    close: () => segment.close(),
  }))
  return { ...job, words, layout }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'resolved',
    (error: unknown) => error,
  )
}

describe('a ring in shared memory that others have overwritten', function () {
  this.timeout(60_000)

  for (const [what, word] of [
    ['a packet of no kind', 0x00_00_00_ff],
    ['a header that is none', 0x5a4e_0101],
    ['a record beyond the end', 0x5a4d_0205],
  ] as const)
    it(`rejects with ERR_PROTOCOL what waits for its sender: ${what}`, async () => {
      const { ranks, words, layout, abandon } = await openJob(3)
      const [zero, one, two] = ranks
      if (zero === undefined || one === undefined || two === undefined) throw new Error('bug')
      await Promise.all([one.send(1, 0), zero.receive(1)])
      // From here on the ring of 1 to 0 is nobody's: the next record says what it says.
      const next = layout.ring(1, 0) / 4 + (2 * 64 + 64) / 4
      const waiting = failureOf(zero.receive(1))
      words.fill(-1, next + 1, next + 16)
      Atomics.store(words, next, word)
      const error = await waiting
      expect(isMpiError(error) && error.code, String(error)).to.equal('ERR_PROTOCOL')
      expect(String(error)).to.match(/rank 1 has sent what cannot be understood/)
      // Others are not concerned.
      const [got] = await Promise.all([zero.receive(2), two.send('still here', 0)])
      expect(got).to.equal('still here')
      await abandon()
    })

  it('is no way to crash a rank, wherever and whenever it is written to', async () => {
    const random = new Random(11)
    for (let round = 0; round < 12; round++) {
      const { ranks, words, layout, abandon } = await openJob(3)
      const outcomes = new Set<unknown>()
      const traffic = ranks.map(async (comm) => {
        const right = (comm.rank + 1) % 3
        for (let i = 0; i < 200; i++) {
          const value = i % 7 === 0 ? new Float64Array(20_000) : { i, text: 'x'.repeat(i * 3) }
          await comm.sendReceive(value, right, (comm.rank + 2) % 3)
        }
      })
      const settled = Promise.all(traffic.map(async (promise) => outcomes.add(await failureOf(promise))))
      // What is overwritten may be the very word that tells of a packet: then its receiver waits, for ever.
      for (let turn = 0; turn < 150; turn++) {
        const ring = layout.ring(random.below(3), random.below(3)) / 4
        const within = random.chance(0.5) ? random.below(512) : random.below(layout.ringBytes / 4)
        // Also where ranks say who and where they are.
        const at = random.chance(0.1) ? random.below(layout.lobbyBytes / 4) : ring + within
        words[at] = random.chance(0.3) ? 0 : oddWord(random)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await abandon()
      await settled
      for (const outcome of outcomes)
        if (outcome !== 'resolved') expect(isMpiError(outcome), String((outcome as Error).stack)).to.equal(true)
    }
  })
})

describe('a board in shared memory that others have overwritten', function () {
  this.timeout(60_000)

  it('is no way to crash a rank, wherever and whenever it is written to', async () => {
    const random = new Random(12)
    for (let round = 0; round < 12; round++) {
      const { ranks, endpoints, words, layout, abandon } = await openJob(3)
      const { board, boardStart } = layout
      await Promise.all(ranks.map((comm) => comm.barrier()))
      const outcomes = new Set<unknown>()
      const traffic = ranks.map(async (comm) => {
        for (let i = 0; i < 200; i++) {
          const array = new Float64Array(i % 5 === 0 ? 20_000 : 3)
          await comm.broadcastInto(array, i % 3)
          await comm.allreduceInto(array, Op.sum)
          await comm.barrier()
        }
      })
      const settled = Promise.all(traffic.map(async (promise) => outcomes.add(await failureOf(promise))))
      for (let turn = 0; turn < 150; turn++) {
        const rank = random.below(3)
        // How far it is, what it has taken and seen, and its records; or its data.
        const early = board.entered(rank) + random.below(board.lines(rank) - board.entered(rank) + LINE * LINES)
        const at = random.chance(0.9) ? early : random.below(board.bytes)
        words[(boardStart + at) >> 2] = random.chance(0.3) ? 0 : oddWord(random)
        await new Promise((resolve) => setImmediate(resolve))
      }
      let isOver = false
      const over = settled.then(() => (isOver = true))
      // Some wait for what was overwritten, and one may just be between two waits.
      while (!isOver) {
        for (const endpoint of endpoints) endpoint.giveUp({ code: 'ERR_ABORTED', text: 'was abandoned' })
        await new Promise((resolve) => setImmediate(resolve))
      }
      await over
      await abandon()
      for (const outcome of outcomes)
        if (outcome !== 'resolved') expect(isMpiError(outcome), String((outcome as Error).stack)).to.equal(true)
    }
  })
})
