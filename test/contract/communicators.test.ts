/** Communicators keep apart: groups, contexts and the collectives of several of them at once. */
import { expect } from 'chai'
import { Op } from '../../src/collectives/op.ts'
import type { Algorithms } from '../../src/collectives/select.ts'
import type { Communicator } from '../../src/comm/communicator.ts'
import type { MpiError } from '../../src/errors.ts'
import { ANY_SOURCE, PROC_NULL } from '../../src/wire/envelope.ts'
import { makeJob, type TestJob } from '../support/job.ts'
import { NETWORKS } from '../support/networks.ts'

for (const { name, open } of NETWORKS.filter((network) => !network.name.includes('direct')))
  describe(`communicators over ${name}`, () => {
    let job: TestJob | undefined

    /** Runs the same program on every rank. */
    async function onRanks<T>(
      size: number,
      program: (comm: Communicator) => Promise<T>,
      algorithms?: Algorithms,
    ): Promise<T[]> {
      job = await makeJob(size, open, algorithms === undefined ? {} : { algorithms })
      return await Promise.all(job.ranks.map((rank) => program(rank)))
    }

    afterEach(async () => {
      await job?.close()
      job = undefined
    })

    it('S9 collectives and messages never match each other, also under a waiting wildcard', async () => {
      const results = await onRanks(3, async (comm) => {
        const wildcard = comm.receive<string>(ANY_SOURCE)
        const next = (comm.rank + 1) % comm.size
        const seen = [
          await comm.broadcast(comm.rank === 0 ? 'b' : undefined, 0),
          await comm.allreduce(comm.rank, Op.sum),
          await comm.allgather(comm.rank),
          await comm.alltoall([1, 2, 3]),
          await comm.scan(1, Op.sum),
        ]
        await comm.barrier()
        await comm.send(`from ${comm.rank}`, next)
        return [...seen, await wildcard]
      })
      expect(results[1]).to.deep.equal(['b', 3, [0, 1, 2], [2, 2, 2], 2, 'from 0'])
    })

    it('S33 several collectives at once match by the order of the calls, on each communicator for itself', async () => {
      const results = await onRanks(4, async (comm) => {
        const duplicates = [await comm.duplicate(), await comm.duplicate(), await comm.duplicate()]
        // Each rank goes through the communicators in another order.
        const order = duplicates.map((_, i) => (i + comm.rank) % duplicates.length)
        const sums: Promise<number>[][] = duplicates.map(() => [])
        for (let round = 0; round < 20; round++)
          for (const index of order)
            sums[index]?.push((duplicates[index] as Communicator).allreduce(round * 10 + index, Op.sum))
        return await Promise.all(sums.map((list) => Promise.all(list)))
      })
      for (const result of results)
        for (const [index, sums] of result.entries())
          expect(sums).to.deep.equal(Array.from({ length: 20 }, (_, round) => 4 * (round * 10 + index)))
    })

    it('S43 a duplicate never sees its parent’s messages', async () => {
      const results = await onRanks(2, async (comm) => {
        const duplicate = await comm.duplicate()
        if (comm.rank === 0) {
          await comm.send('parent', 1)
          await duplicate.send('duplicate', 1)
          return []
        }
        return [await duplicate.receive(ANY_SOURCE), await comm.receive(ANY_SOURCE)]
      })
      expect(results[1]).to.deep.equal(['duplicate', 'parent'])
    })

    it('S43 communicators that are made at the same time are apart', async () => {
      const results = await onRanks(2, async (comm) => {
        const [one, two] = await Promise.all([comm.duplicate(), comm.split(0)])
        if (comm.rank === 0) {
          await one.send('for one', 1)
          await two?.send('for two', 1)
          return []
        }
        const second = two?.receive(0)
        return [await one.receive(0), await second]
      })
      expect(results[1]).to.deep.equal(['for one', 'for two'])
    })

    it('S43 communicators that are made at once from several, in another order on each rank, are apart', async () => {
      const results = await onRanks(2, async (comm) => {
        const parents = [await comm.duplicate(), await comm.duplicate()]
        const order = comm.rank === 0 ? [0, 1] : [1, 0]
        const made: Communicator[] = []
        await Promise.all(
          order.map(async (index) => {
            made[index] = await (parents[index] as Communicator).duplicate()
          }),
        )
        const [one, two] = made
        if (comm.rank === 0) {
          await one?.send('for one', 1)
          await two?.send('for two', 1)
          return []
        }
        const second = await two?.receive(ANY_SOURCE)
        return [await one?.receive(ANY_SOURCE), second]
      })
      expect(results[1]).to.deep.equal(['for one', 'for two'])
    })

    it('S64 a wildcard waits for the members of its communicator, and for itself, not for others', async () => {
      const results = await onRanks(3, async (comm) => await comm.split(comm.rank === 2 ? undefined : 0))
      const [zero, one] = results
      const [first, , third] = job?.endpoints ?? []
      const world = job?.ranks[0]
      const onPair = zero?.receive(ANY_SOURCE).then(
        () => 'received',
        (error: MpiError) => error.code,
      )
      const onWorld = world?.receive<string>(ANY_SOURCE)
      expect(one?.size).to.equal(2)
      first?.departed(1, { how: 'ended', detail: '' })
      expect(await onPair).to.equal('ERR_RANK_EXITED')
      await world?.send('to myself', 0)
      expect(await onWorld).to.equal('to myself')
      expect(third?.activity.isBusy).to.equal(false)
    })

    it('S64 a wildcard that comes too late has time for a message to itself, and a probe too', async () => {
      await onRanks(2, async () => {})
      const [comm] = job?.ranks ?? []
      job?.endpoints[0]?.departed(1, { how: 'ended', detail: '' })
      const probed = comm?.probe(ANY_SOURCE)
      const received = comm?.receive(ANY_SOURCE)
      await comm?.send('to myself', 0)
      expect(await received).to.equal('to myself')
      await comm?.send('again', 0, { tag: 3 })
      expect(await probed).to.include({ source: 0, tag: 3 })
      const late = await comm?.probe(ANY_SOURCE, { tag: 4 }).catch((error: MpiError) => error.code)
      expect(late).to.equal('ERR_RANK_EXITED')
      expect(await comm?.receive(0)).to.equal('again')
    })

    it('S64 what fails with a rank that has ended says where it was called, or one like it, however many there are', async () => {
      await onRanks(2, async () => {})
      const comm = job?.ranks[0]
      if (comm === undefined) throw new Error('bug')
      const large = new Float64Array(500_000)
      const call = () => [comm.receive(1), comm.probe(1), comm.send(large, 1), comm.barrier()]
      const calls = Array.from({ length: 30 }, call)
      job?.endpoints[0]?.departed(1, { how: 'ended', detail: '' })
      const texts = (await Promise.allSettled([...calls, call()].flat())).map((result) =>
        result.status === 'rejected' ? (result.reason as MpiError).message : 'fulfilled',
      )
      for (const text of texts)
        expect(text).to.match(
          /^\w+[ (].*\) at communicators\.test\.\w+:\d+(, like the one before)?:? .*rank 1 has ended/,
        )
      expect(texts.filter((text) => text.includes('like the one before')).length).to.be.greaterThan(60)
    })

    it('a send that is refused since its receiver has ended says where it was called, or one like it', async () => {
      await onRanks(2, async () => {})
      const comm = job?.ranks[0]
      if (comm === undefined) throw new Error('bug')
      const [sender, receiver] = job?.endpoints ?? []
      const large = new Float64Array(50_000)
      const sends = Array.from({ length: 30 }, () => comm.send(large, 1, { synchronous: true }))
      while ([...(receiver?.activity.unexpected() ?? [])].length < sends.length) {
        await new Promise((resolve) => setImmediate(resolve))
        receiver?.look()
      }
      const closed = job?.close()
      job = undefined
      for (const result of await Promise.allSettled(sends))
        expect(result.status === 'rejected' && (result.reason as MpiError).message).to.match(
          /^send to rank 1 \(tag 0\) at communicators\.test\.\w+:\d+(, like the one before)?: rank 1 has ended/,
        )
      await closed
      expect(sender?.activity.isBusy).to.equal(false)
    })

    it('a sendReceive whose send fails leaves no receive behind that would swallow a message', async () => {
      await onRanks(3, async () => {})
      const [zero, one] = job?.ranks ?? []
      job?.endpoints[0]?.departed(2, { how: 'ended', detail: '' })
      const failed = await zero?.sendReceive('lost', 2, 1).then(
        () => undefined,
        (error: MpiError) => error.code,
      )
      expect(failed).to.equal('ERR_RANK_EXITED')
      await one?.send('important', 0)
      expect(await zero?.receive(1)).to.equal('important')
    })

    it('S44 split groups by colour, orders by key and then by rank, and leaves out who has no colour', async () => {
      const results = await onRanks(5, async (comm) => {
        const half = await comm.split(comm.rank % 2, -comm.rank)
        const some = await comm.split(comm.rank < 2 ? undefined : 42, 42)
        const own = await comm.split(comm.rank)
        return {
          half: [half?.rank, await half?.allgather(comm.rank)],
          some: some === undefined ? undefined : await some.allgather(comm.rank),
          own: [own?.rank, own?.size],
        }
      })
      expect(results.map(({ half }) => half)).to.deep.equal([
        [2, [4, 2, 0]],
        [1, [3, 1]],
        [1, [4, 2, 0]],
        [0, [3, 1]],
        [0, [4, 2, 0]],
      ])
      expect(results.map(({ some }) => some)).to.deep.equal([undefined, undefined, [2, 3, 4], [2, 3, 4], [2, 3, 4]])
      expect(results.map(({ own }) => own)).to.deep.equal(Array.from({ length: 5 }, () => [0, 1]))
    })

    it('S46 subset takes ranks in the order given, and the others do not wait', async () => {
      const results = await onRanks(4, async (comm) => {
        const pair = await comm.subset([3, 1])
        return pair === undefined ? undefined : [pair.rank, await pair.allgather(comm.rank)]
      })
      expect(results).to.deep.equal([undefined, [1, [3, 1]], undefined, [0, [3, 1]]])
      const [first] = job?.ranks ?? []
      const refused = await Promise.allSettled([first?.subset([1, 1]), first?.subset([4]), first?.subset([])])
      expect(refused.map((result) => result.status)).to.deep.equal(['rejected', 'rejected', 'rejected'])
    })

    it('S47 splitByHost joins the ranks of one host', async () => {
      const results = await onRanks(3, async (comm) => (await comm.splitByHost()).size)
      expect(results).to.deep.equal([3, 3, 3])
    })

    it('S48 a cartesian shift feeds sendReceive, with nothing beyond the edges', async () => {
      const results = await onRanks(7, async (comm) => {
        const grid = await comm.cartesian([2, 3], { periodic: [false, true] })
        if (grid === undefined) return undefined
        const down = grid.shift(0)
        const right = grid.shift(1)
        return [
          grid.coordinates,
          await grid.sendReceive(grid.rank, down.destination, down.source),
          await grid.sendReceive(grid.rank, right.destination, right.source),
        ]
      })
      expect(results[0]).to.deep.equal([[0, 0], undefined, 2])
      expect(results[4]).to.deep.equal([[1, 1], 1, 3])
      expect(results[6]).to.equal(undefined)
      expect(PROC_NULL).to.be.lessThan(0)
    })

    it('S44 1000 rounds of split and free leave nothing behind', async () => {
      await onRanks(2, async (comm) => {
        for (let round = 0; round < 1000; round++) {
          const part = await comm.split(0)
          if (round % 100 === 0) expect(await part?.allreduce(1, Op.sum)).to.equal(2)
          await part?.free()
        }
      })
      for (const endpoint of job?.endpoints ?? []) {
        expect([...endpoint.activity.unexpected()]).to.deep.equal([])
        expect(endpoint.activity.isBusy).to.equal(false)
      }
    })

    it('free fails what waits on the communicator, and later calls; await using frees', async () => {
      const results = await onRanks(2, async (comm) => {
        const duplicate = await comm.duplicate()
        const waiting = duplicate.receive(1 - comm.rank).then(
          () => 'received',
          (error: MpiError) => error.code,
        )
        await duplicate.free()
        await duplicate.free()
        let later = ''
        try {
          await duplicate.barrier()
        } catch (error) {
          later = (error as MpiError).code
        }
        return [await waiting, later]
      })
      expect(results).to.deep.equal([
        ['ERR_FREED', 'ERR_FREED'],
        ['ERR_FREED', 'ERR_FREED'],
      ])
    })

    it('free tells a sender whose message waited that the communicator is gone, not the rank', async () => {
      const results = await onRanks(2, async (comm) => {
        const duplicate = await comm.duplicate()
        if (comm.rank === 0) {
          const large = duplicate.send(new Uint8Array(3 << 20), 1, { synchronous: true }).then(
            () => 'sent',
            (error: MpiError) => error.code,
          )
          const told = await large
          await comm.send('still there?', 1)
          return told
        }
        await duplicate.probe(0)
        await duplicate.free()
        return await comm.receive(0)
      })
      expect(results).to.deep.equal(['ERR_FREED', 'still there?'])
    })

    it('free tells senders whose messages wait to be matched, small ones too, and those who send afterwards', async () => {
      const results = await onRanks(2, async (comm) => {
        const duplicate = await comm.duplicate()
        const send = (bytes: number, destination: number): Promise<string> =>
          duplicate.send(new Uint8Array(bytes), destination, { synchronous: true }).then(
            () => 'sent',
            (error: MpiError) => error.code,
          )
        if (comm.rank === 1) {
          await duplicate.probe(0)
          const toMyself = send(1, 1)
          await duplicate.free()
          await comm.send('it is freed', 0)
          return [await toMyself, await comm.receive(0)]
        }
        const before = [await send(8, 1)]
        await comm.receive(1)
        await duplicate.send('nobody waits for this', 1)
        const after = [await send(8, 1), await send(3 << 20, 1)]
        await comm.send('still there?', 1)
        return [before, after]
      })
      expect(results).to.deep.equal([
        [['ERR_FREED'], ['ERR_FREED', 'ERR_FREED']],
        ['ERR_FREED', 'still there?'],
      ])
      for (const endpoint of job?.endpoints ?? []) expect(endpoint.activity.isBusy).to.equal(false)
      expect(
        [...(job?.endpoints[1]?.activity.dropped() ?? [])].map(({ source, messages }) => [source, messages]),
      ).to.deep.equal([
        [0, 4],
        [1, 1],
      ])
    })

    it('a freed communicator leaves no name behind, but what comes for it is told by its name', async () => {
      await onRanks(2, async (comm) => {
        for (let i = 0; i < 20; i++) {
          const duplicate = await comm.duplicate()
          const half = await duplicate.split(comm.rank)
          await duplicate.barrier()
          if (comm.rank === 0 && i === 0) await duplicate.send('nobody waits for this', 1)
          await half?.free()
          await duplicate.free()
        }
        await comm.barrier()
      })
      for (const names of job?.names ?? []) expect([...names.values()]).to.deep.equal(['world'])
      const dropped = [...(job?.endpoints[1]?.activity.dropped() ?? [])]
      expect(dropped.map(({ communicator }) => communicator)).to.deep.equal(['world.duplicate'])
    })

    it('S34 ranks that want another subset or grid hear of it', async () => {
      const ways: ((comm: Communicator) => Promise<unknown>)[] = [
        (comm) => comm.subset(comm.rank === 0 ? [0, 1] : [1, 0]),
        (comm) => comm.subset(comm.rank === 0 ? [0] : [0, 1]),
        (comm) => comm.cartesian(comm.rank === 0 ? [1, 2] : [2, 1]),
        (comm) => comm.cartesian([2], { periodic: comm.rank === 0 }),
      ]
      // Both sides, not only this one.
      const told = ({ code, message }: MpiError): string =>
        /: rank 0: \w+\(.*rank 1: \w+\(|: rank 1: \w+\(.*rank 0: \w+\(/.test(message) ? code : message
      const results = await onRanks(2, async (comm) => {
        const codes: unknown[] = []
        for (const way of ways) {
          const parent = await comm.duplicate()
          const made = await way(parent).then(() => 'made', told)
          await comm.barrier()
          // Who needed nobody else hears of it at the next call, although that needs nobody of whom it could hear.
          codes.push(made === 'made' ? await parent.subset([1]).catch(told) : made)
        }
        return codes
      })
      for (const codes of results) expect(codes).to.deep.equal(ways.map(() => 'ERR_MISMATCH'))
    })

    for (const algorithm of ['linear', 'binomial'] as const)
      it(`a block of another length is told by gatherInto and scatterInto, and what follows is right (${algorithm})`, async () => {
        const forced = { gather: algorithm, scatter: algorithm }
        const results = await onRanks(
          3,
          async (comm) => {
            const codes: string[] = []
            const told = ({ code, message }: MpiError): string =>
              /^(gather|scatter)Into/.test(message) ? code : message
            for (const blocks of [4, 10_000, 100_000])
              for (const length of [blocks - 1, blocks + 1]) {
                const all = new Float64Array(3 * blocks).fill(7)
                const own = (rank: number, wrong: number): Float64Array =>
                  new Float64Array(comm.rank === rank ? wrong : blocks).fill(comm.rank)
                // The last block comes when the wrong one is there.
                if (comm.rank === 2) await comm.receive(1)
                codes.push(
                  await comm.gatherInto(comm.rank === 0 ? all : undefined, own(1, length)).then(() => '', told),
                )
                if (comm.rank === 1) await comm.send('given', 2)
                if (comm.rank === 0) expect([all[0], all[2 * blocks]]).to.deep.equal([0, 2])
                const target = own(2, length)
                codes.push(await comm.scatterInto(target, comm.rank === 1 ? all : undefined, 1).then(() => '', told))
                await comm.gatherInto(comm.rank === 0 ? all : undefined, own(1, blocks))
                if (comm.rank === 0) expect([all[0], all[blocks], all[2 * blocks]]).to.deep.equal([0, 1, 2])
              }
            return codes
          },
          forced,
        )
        const each = (codes: string[]): string[] => Array.from({ length: 6 }, () => codes).flat()
        expect(results).to.deep.equal([each(['ERR_MISMATCH', '']), each(['', '']), each(['', 'ERR_MISMATCH'])])
      })

    it('an illegal call disagrees with nobody, also when another rank has made the next one', async () => {
      const results = await onRanks(2, async (comm) => {
        if (comm.rank === 1) {
          const sum = comm.reduce(1, Op.sum, 0)
          await comm.send('called', 0)
          return await sum
        }
        await comm.receive(1)
        expect(() => comm.broadcast(1, 2)).to.throw(RangeError)
        expect(() => comm.allgatherInto(new Float64Array(2), new Float64Array(3))).to.throw(RangeError)
        return await comm.reduce(1, Op.sum, 0)
      })
      expect(results[0]).to.equal(2)
    })

    it('a collective that was given up makes its communicator’s collectives unusable, not others’', async () => {
      const results = await onRanks(2, async (comm) => {
        const duplicate = await comm.duplicate()
        if (comm.rank === 0) {
          const first = await duplicate.barrier({ timeout: 30 }).then(
            () => 'ok',
            (error: MpiError) => error.code,
          )
          const second = await duplicate.allreduce(1, Op.sum).then(
            () => 'ok',
            (error: MpiError) => error.code,
          )
          const third = await duplicate.subset([1]).then(
            () => 'ok',
            (error: MpiError) => error.code,
          )
          return [first, second, third, await comm.allreduce(1, Op.sum)]
        }
        return [await comm.allreduce(1, Op.sum)]
      })
      expect(results).to.deep.equal([['ERR_TIMEOUT', 'ERR_ABORTED', 'ERR_ABORTED', 2], [2]])
    })
  })
