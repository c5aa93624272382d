/**
 * What every user of point-to-point relies on, as one suite that runs over every transport. Titles carry the numbers
 * of the rules (docs/point-to-point.md).
 */
import { expect } from 'chai'
import type { RankCommunicator } from '../../src/comm/rank-communicator.ts'
import { MpiError } from '../../src/errors.ts'
import { ANY_SOURCE, ANY_TAG, PROC_NULL } from '../../src/wire/envelope.ts'
import type { JobOptions } from '../support/job.ts'

export interface RunningJob {
  readonly ranks: readonly RankCommunicator[]
  /** Connections that were lost. */
  readonly lost: readonly unknown[]
  close(): Promise<void>
}

type Start = (size: number, options?: JobOptions) => Promise<RunningJob>

/** Larger than any eager limit. */
const LARGE = 3 * 1024 * 1024

export function pointToPointSuite(name: string, start: Start): void {
  describe(`point to point over ${name}`, () => {
    let job: RunningJob | undefined

    async function ranks(size: number, options?: JobOptions): Promise<RankCommunicator[]> {
      job = await start(size, options)
      return [...job.ranks]
    }

    async function finish(): Promise<void> {
      const ended = job
      job = undefined
      expect(ended?.lost ?? []).to.deep.equal([])
      await ended?.close()
    }

    afterEach(finish)

    it('S1 delivers messages of one sender and tag in the order of the calls, all sizes mixed', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const sizes = [1, 16, 131_072, 2, 70_000, 8, 4096]
      const sends = Array.from({ length: 140 }, (_, i) =>
        a.send(new Float64Array(sizes[i % sizes.length] as number).fill(i), 1),
      )
      for (let i = 0; i < 140; i++) {
        const value = await b.receive<Float64Array>(0, { tag: 0 })
        expect([value.length, value[0], value[value.length - 1]]).to.deep.equal([sizes[i % sizes.length], i, i])
      }
      await Promise.all(sends)
    })

    it('S2 S3 takes tags in the order that the receiver asks for, whatever their size', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const length of [1, 1000, LARGE]) {
        const sends = [
          a.send(new Uint8Array(length).fill(1), 1, { tag: 1 }),
          a.send(new Uint8Array(length).fill(2), 1, { tag: 2 }),
        ]
        expect((await b.receive<Uint8Array>(0, { tag: 2 }))[length - 1]).to.equal(2)
        expect((await b.receiveMessage(0, { tag: ANY_TAG })).tag).to.equal(1)
        await Promise.all(sends)
      }
    })

    it('S4 gives messages to the receives in the order in which these were posted', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const first = b.receive(0, { tag: ANY_TAG })
      const second = b.receive(0, { tag: 5 })
      await a.send('X', 1, { tag: 5 })
      await a.send('Y', 1, { tag: 5 })
      expect(await Promise.all([first, second])).to.deep.equal(['X', 'Y'])
      const seven = b.receive(0, { tag: 7 })
      const any = b.receive()
      await a.send('five', 1, { tag: 5 })
      await a.send('seven', 1, { tag: 7 })
      expect(await Promise.all([seven, any])).to.deep.equal(['seven', 'five'])
    })

    it('S6 S11 keeps the order of each sender and names the source of wildcard receives', async () => {
      const [a, b, c] = (await ranks(3)) as [RankCommunicator, RankCommunicator, RankCommunicator]
      const sends = Array.from({ length: 100 }, (_, i) => [a.send(i, 2, { tag: i }), b.send(i, 2, { tag: i })])
      const next = [0, 0]
      for (let i = 0; i < 200; i++) {
        const { source, tag, value } = await c.receiveMessage<number>(ANY_SOURCE)
        expect([value, tag]).to.deep.equal([next[source], next[source]])
        next[source] = (next[source] ?? 0) + 1
      }
      expect(next).to.deep.equal([100, 100])
      await Promise.all(sends.flat())
    })

    it('S7 takes an object as it is when send is called', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const value = { list: [1, 2], text: 'first' }
      const one = a.send(value, 1)
      value.list.push(3)
      value.text = 'second'
      const two = a.send(value, 1)
      expect(await b.receive(0)).to.deep.equal({ list: [1, 2], text: 'first' })
      expect(await b.receive(0)).to.deep.equal({ list: [1, 2, 3], text: 'second' })
      await Promise.all([one, two])
    })

    it('S7 takes an object with large arrays as it is when send is called, and gives each of them memory of its own', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const [sender, receiver] of [
        [a, b],
        [b, b],
      ] as const)
        for (const length of [4095, 4096, 50_001, LARGE / 8])
          for (const isPosted of [true, false]) {
            const field = new Float64Array(length).fill(1.5)
            const bytes = Buffer.alloc(length + 3, 'x')
            const value = { step: 1, field, more: new Map([['rest', { bytes, tail: field.subarray(2) }]]) }
            const early = isPosted ? receiver.receiveMessage<typeof value>(sender.rank) : undefined
            const sent = sender.send(value, receiver.rank, { tag: 3 })
            value.step = 2
            field.fill(-1)
            bytes.fill('y')
            const probed = isPosted ? undefined : await receiver.probe(sender.rank)
            const { value: copy, ...status } = await (early ?? receiver.receiveMessage<typeof value>(sender.rank))
            await sent
            if (probed !== undefined) expect(status).to.deep.equal(probed)
            expect(status).to.include({ source: sender.rank, tag: 3, count: 1, type: 'object' })
            expect(status.bytes).to.be.within(17 * length - 16, 17 * length + 400)
            const rest = copy.more.get('rest') as { bytes: Buffer; tail: Float64Array }
            expect([copy.step, copy.field.length, rest.tail.length]).to.deep.equal([1, length, length - 2])
            for (const array of [copy.field, rest.tail])
              expect(array.every((element) => element === 1.5)).to.equal(true)
            expect(rest.bytes.equals(Buffer.alloc(length + 3, 'x'))).to.equal(true)
            for (const { buffer, byteLength } of [copy.field, rest.tail, rest.bytes])
              expect(buffer.byteLength).to.equal(byteLength)
          }
    })

    it('an object with large arrays keeps its place among other messages, and is buffered when nobody receives', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (let i = 0; i < 12; i++) {
        await a.send({ i, field: new Float64Array(i % 3 === 0 ? 100_000 : 10_000).fill(i) }, 1)
        await a.send(i, 1)
      }
      for (let i = 0; i < 12; i++) {
        const { i: told, field } = await b.receive<{ i: number; field: Float64Array }>(0)
        expect([told, field[0], field.at(-1), await b.receive(0)]).to.deep.equal([i, i, i, i])
      }
    })

    it('an object with large arrays whose send was given up arrives as it was, once it has been announced', async () => {
      const [a, b] = (await ranks(2, { budgetBytes: 0 })) as [RankCommunicator, RankCommunicator]
      const field = new Float64Array(100_000).fill(1)
      const error = await a.send({ field }, 1, { timeout: 20 }).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      expect(error?.code).to.equal('ERR_TIMEOUT')
      field.fill(2)
      expect((await b.receive<{ field: Float64Array }>(0)).field.every((element) => element === 1)).to.equal(true)
      await a.send('next', 1)
      expect(await b.receive(0)).to.equal('next')
    })

    it('S8 keeps one order for all kinds of values and tells their types', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const values = [
        { a: 1 },
        new Float64Array([1, 2]),
        new Uint8Array(0),
        'text',
        undefined,
        null,
        7n,
        Buffer.from('hi'),
      ]
      const sends = values.map((value) => a.send(value, 1))
      const types: unknown[] = []
      for (const value of values) {
        const message = await b.receiveMessage(0)
        expect(message.value).to.deep.equal(value)
        types.push([message.type, message.count])
      }
      expect(types).to.deep.equal([
        ['object', 1],
        ['Float64Array', 2],
        ['Uint8Array', 0],
        ['object', 1],
        ['object', 1],
        ['object', 1],
        ['object', 1],
        ['Buffer', 2],
      ])
      await Promise.all(sends)
    })

    it('S51 carries any text: a mebibyte with NUL, lone surrogates and emoji', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const text = 'a\0\ud800b\udc00\u{1f600}é'.repeat(131_072)
      const sent = a.send({ text }, 1)
      expect((await b.receive<{ text: string }>(0)).text === text).to.equal(true)
      await sent
    })

    it('S12 S14 sends to itself, small and large, send first and receive first, also for wildcards', async () => {
      for (const size of [1, 3]) {
        const rank = (await ranks(size)).at(-1) as RankCommunicator
        for (const length of [0, 1, 1 << 20, LARGE]) {
          const value = new Uint8Array(length).fill(3)
          const sent = rank.send(value, rank.rank, { tag: 4 })
          value.fill(9)
          expect(await rank.receive(rank.rank)).to.deep.equal(new Uint8Array(length).fill(3))
          await sent
          const received = rank.receiveMessage(ANY_SOURCE)
          await rank.send(value, rank.rank)
          expect((await received).source).to.equal(rank.rank)
        }
        await finish()
      }
    })

    it('S13 lets both sides send before they receive, at any size', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const length of [8, 100_000, 8 << 20]) {
        await Promise.all([a.send(new Uint8Array(length).fill(1), 1), b.send(new Uint8Array(length).fill(2), 0)])
        expect((await a.receive<Uint8Array>(1))[length - 1]).to.equal(2)
        expect((await b.receive<Uint8Array>(0))[length - 1]).to.equal(1)
      }
    })

    it('S16 resolves a synchronous send only when it is matched', async () => {
      for (const [size, from, to] of [
        [1, 0, 0],
        [2, 0, 1],
      ] as const) {
        const all = await ranks(size)
        const sender = all[from] as RankCommunicator
        const receiver = all[to] as RankCommunicator
        const settled: number[] = []
        const sends = Array.from({ length: 6 }, (_, i) =>
          sender.send(i, to, { synchronous: true }).then(() => settled.push(i)),
        )
        for (let i = 0; i < 3; i++) expect(await receiver.receive(from)).to.equal(i)
        await Promise.all(sends.slice(0, 3))
        // A full exchange: whatever would have settled wrongly has by now.
        await sender.send('ping', to, { tag: 1 })
        await receiver.receive(from, { tag: 1 })
        await receiver.send('pong', from, { tag: 2 })
        await sender.receive(to, { tag: 2 })
        expect(settled).to.deep.equal([0, 1, 2])
        for (let i = 3; i < 6; i++) await receiver.receive(from)
        await Promise.all(sends)
        expect(settled).to.deep.equal([0, 1, 2, 3, 4, 5])
        await finish()
      }
    })

    it('S19 leaves memory to the caller once send resolves', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const length of [8, 129, 4096, 70_000, LARGE]) {
        const rounds = length > 1_000_000 ? 6 : 40
        const receiving = (async () => {
          for (let i = 0; i < rounds; i++) {
            const value = await b.receive<Uint8Array>(0)
            expect(value.every((byte) => byte === i)).to.equal(true)
          }
        })()
        const buffer = new Uint8Array(length)
        for (let i = 0; i < rounds; i++) await a.send(buffer.fill(i), 1)
        buffer.fill(255)
        await receiving
      }
    })

    it('S21 reports truncation with both sizes, consumes the message and goes on', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const posted of [true, false])
        for (const [length, room] of [
          [2, 1],
          [64, 63],
          [1_000_000, 999_999],
        ] as const) {
          const target = new Int32Array(room)
          const early = posted ? b.receiveInto(target, 0) : undefined
          early?.catch(() => {})
          const sent = a.send(new Int32Array(length).fill(5), 1)
          const error = await (early ?? b.receiveInto(target, 0)).then(
            () => undefined,
            (reason: MpiError) => reason,
          )
          expect(error?.code).to.equal('ERR_TRUNCATE')
          expect(error?.message)
            .to.include(`${length * 4} bytes`)
            .and.to.include(`${room * 4} bytes`)
          await sent
          await a.send('next', 1)
          expect(await b.receive(0)).to.equal('next')
        }
    })

    it('S22 refuses to fill an array of another type', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      await a.send(new Float64Array(4), 1)
      const error = await b.receiveInto(new Int32Array(8), 0).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      expect(error?.code).to.equal('ERR_MISMATCH')
      expect(error?.message).to.include('Float64Array').and.to.include('Int32Array')
      const sent = a.send({ field: new Int32Array(100_000) }, 1)
      const mismatch = await b.receiveInto(new Int32Array(100_100), 0).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      expect(mismatch?.message).to.include('the message is a object')
      await sent
    })

    it('receiveInto fills the front of the target and leaves the rest alone', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const length of [3, 400_000]) {
        const target = new Float64Array(length + 2).fill(-1)
        const received = b.receiveInto(target.subarray(1), 0)
        await a.send(new Float64Array(length).fill(6), 1)
        expect(await received).to.deep.equal({
          source: 0,
          tag: 0,
          bytes: length * 8,
          count: length,
          type: 'Float64Array',
        })
        expect([target[0], target[1], target[length], target[length + 1]]).to.deep.equal([-1, 6, 6, -1])
      }
    })

    it('S23 carries empty arrays with their type', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      await a.send(new Int16Array(0), 1)
      expect(await b.receive(0)).to.deep.equal(new Int16Array(0))
    })

    it('S24 shifts round a ring of any size, also of one', async () => {
      for (const size of [1, 2, 5]) {
        const all = await ranks(size)
        const results = await Promise.all(
          all.map((rank) =>
            rank.sendReceive<Float64Array>(
              new Float64Array(size === 5 ? 10 : 200_000).fill(rank.rank),
              (rank.rank + 1) % size,
              (rank.rank + size - 1) % size,
            ),
          ),
        )
        expect(results.map((value) => value[0])).to.deep.equal(all.map((_, i) => (i + size - 1) % size))
        await finish()
      }
    })

    it('S27 withdraws an aborted receive: the message goes to the next one', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const controller = new AbortController()
      const aborted = b.receive(0, { signal: controller.signal }).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      controller.abort(new Error('enough'))
      const error = await aborted
      expect([error?.code, error?.name, (error?.cause as Error | undefined)?.message]).to.deep.equal([
        'ERR_ABORTED',
        'AbortError',
        'enough',
      ])
      await a.send('kept', 1)
      expect(await b.receive(0)).to.equal('kept')
      const early = await b.receive(0, { signal: controller.signal }).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      expect(early?.code).to.equal('ERR_ABORTED')
    })

    it('S28 times out with what lies queued, and the channel stays usable', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      await a.send('other', 1, { tag: 3 })
      await b.probe(0)
      const error = await b.receive(0, { tag: 5, timeout: 20 }).then(
        () => undefined,
        (reason: MpiError) => reason,
      )
      expect(error?.code).to.equal('ERR_TIMEOUT')
      expect(error?.message).to.match(
        /^receive\(source 0, tag 5\) at point-to-point\.(ts|js):\d+ timed out after 20 ms; 1 message from rank 0 with tag 3 is queued$/,
      )
      expect(await b.receive(0, { timeout: 10_000 })).to.equal('other')
    })

    it('S29 settles those of several receives whose messages came; the others lose nothing', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const receives = [1, 2, 3].map((tag) => b.receive(0, { tag }))
      await a.send('two', 1, { tag: 2 })
      expect(await Promise.race(receives)).to.equal('two')
      await a.send('three', 1, { tag: 3 })
      await a.send('one', 1, { tag: 1 })
      expect(await Promise.all(receives)).to.deep.equal(['one', 'two', 'three'])
    })

    it('S31 treats PROC_NULL as a peer that takes all and gives nothing', async () => {
      const [a] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const empty = { source: PROC_NULL, tag: ANY_TAG, bytes: 0, count: 0, type: 'object' }
      await a.send('void', PROC_NULL, { synchronous: true })
      expect(await a.receive(PROC_NULL)).to.equal(undefined)
      expect(await a.receiveMessage(PROC_NULL)).to.deep.equal({ ...empty, value: undefined })
      const target = new Float64Array([1, 2])
      expect(await a.receiveInto(target, PROC_NULL)).to.deep.equal(empty)
      expect(target).to.deep.equal(new Float64Array([1, 2]))
      expect(await a.sendReceive('x', PROC_NULL, PROC_NULL)).to.equal(undefined)
      expect(await a.probe(PROC_NULL)).to.deep.equal(empty)
    })

    it('S32 refuses wrong ranks, tags, values and options before anything is sent', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (const destination of [-1, 2, 1.5, NaN, ANY_SOURCE])
        expect(() => a.send(1, destination)).to.throw(RangeError, `destination is ${destination}; legal: a rank 0 … 1`)
      expect(() => a.send(1, '1' as unknown as number)).to.throw(TypeError, 'destination is "1"')
      for (const tag of [-1, ANY_TAG, 2 ** 31, 0.5])
        expect(() => a.send(1, 1, { tag })).to.throw(RangeError, `tag is ${tag}`)
      for (const source of [2, -7]) expect(() => a.receive(source)).to.throw(RangeError, `source is ${source}`)
      expect(() => a.receive(1, { tag: 2 ** 31 })).to.throw(RangeError, 'tag')
      expect(() => a.receive(1, { timeout: -1 })).to.throw(RangeError, 'timeout is -1')
      expect(() => a.receiveInto([1] as unknown as Float64Array)).to.throw(TypeError, 'target is an Array')
      expect(() => a.send({ f: () => 1 }, 1)).to.throw(TypeError, 'f')
      await a.send('the first', 1, { tag: 2 ** 31 - 1 })
      expect((await b.receiveMessage(0)).tag).to.equal(2 ** 31 - 1)
    })

    it('probes without taking, and iprobe tells when there is nothing', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      expect(b.iprobe(0)).to.equal(undefined)
      const waiting = b.probe(0, { tag: 8 })
      await a.send(new Float64Array(3), 1, { tag: 7 })
      await a.send('text', 1, { tag: 8 })
      expect((await waiting).tag).to.equal(8)
      expect(b.iprobe(0)).to.deep.equal({ source: 0, tag: 7, bytes: 24, count: 3, type: 'Float64Array' })
      expect(b.iprobe(0, { tag: 9 })).to.equal(undefined)
      await b.receive(0, { tag: 7 })
      await b.receive(0, { tag: 8 })
      expect(b.iprobe()).to.equal(undefined)
    })

    it('S49 survives a flood of small messages, in order', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      const count = 20_000
      const sends = Array.from({ length: count }, (_, i) => a.send(Uint32Array.of(i), 1))
      for (let i = 0; i < count; i++) expect((await b.receive<Uint32Array>(0))[0]).to.equal(i)
      await Promise.all(sends)
    })

    it('past credit and budget a send waits; all arrives when the receiver goes on', async () => {
      const [a, b] = (await ranks(2, { windowBytes: 64 * 1024, windowSlots: 64, budgetBytes: 256 * 1024 })) as [
        RankCommunicator,
        RankCommunicator,
      ]
      let resolved = 0
      const count = 200
      const sends = Array.from({ length: count }, (_, i) =>
        a.send(new Uint8Array(8 * 1024).fill(i), 1).then(() => resolved++),
      )
      // One that never comes, so that the receiver listens but does not take the flood.
      const other = b.receive(0, { tag: 1, timeout: 300 }).catch(() => {})
      await other
      expect(resolved).to.be.greaterThan(0)
      expect(resolved).to.be.at.most((64 + 256) / 8)
      for (let i = 0; i < count; i++) expect((await b.receive<Uint8Array>(0))[8191]).to.equal(i)
      await Promise.all(sends)
    })

    it('once the receiver receives, a sender fills no more than its window ahead of it', async () => {
      const [a, b] = (await ranks(2, { windowBytes: 64 * 1024, windowSlots: 4096, budgetBytes: 2 << 20 })) as [
        RankCommunicator,
        RankCommunicator,
      ]
      const window = Math.ceil((64 * 1024) / 1024)
      const count = 6000
      let sent = 0
      const sending = (async () => {
        for (; sent < count; sent++) await a.send(new Uint8Array(1024), 1)
      })()
      let backlog = -1
      // Until the budget is used up, however slow the machine: where time was lost, the sender's timers come first.
      while (backlog < sent) {
        backlog = sent
        await b.receive(0, { tag: 1, timeout: 200 }).catch(() => {})
      }
      expect(backlog).to.be.within(2 * window, count - 1)
      let lead = 0
      for (let received = 1; received <= count; received++) {
        await b.receive(0)
        if (received > backlog) lead = Math.max(lead, sent - received)
      }
      await sending
      expect(lead).to.be.at.most(2 * window)
    })

    it('messages() yields each message with its status', async () => {
      const [a, b] = (await ranks(2)) as [RankCommunicator, RankCommunicator]
      for (let i = 0; i < 5; i++) await a.send(i, 1, { tag: i })
      const seen: number[] = []
      for await (const { value, tag } of b.messages<number>(0)) {
        seen.push(value * 10 + tag)
        if (seen.length === 4) break
      }
      expect(seen).to.deep.equal([0, 11, 22, 33])
      expect(await b.receive(0)).to.equal(4)
    })
  })
}
