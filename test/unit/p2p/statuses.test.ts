import { expect } from 'chai'
import type { Scope } from '../../../src/p2p/scope.ts'
import { Statuses } from '../../../src/p2p/statuses.ts'
import { rawCodeOf } from '../../../src/wire/payload.ts'

const world: Scope = { name: 'world', processes: [0, 1, 2], rankOf: (process) => process }
const reversed: Scope = { name: 'reversed', processes: [2, 1, 0], rankOf: (process) => 2 - process }
const DOUBLES = rawCodeOf(new Float64Array(0)) ?? 0
const WORDS = rawCodeOf(new Int32Array(0)) ?? 0

describe('statuses of received messages', () => {
  it('tell of each message what is its own, whatever came before', () => {
    const statuses = new Statuses()
    // Far more than are kept, each several times.
    for (const scope of [world, reversed])
      for (const source of [0, 1, 2])
        for (const type of [DOUBLES, WORDS])
          for (const tag of [0, 1, 64, 2 ** 31 - 1])
            for (const bytes of [0, 8, 8, 8, 64, 64, 64, 512, 4096, 2 ** 32 + 8, 2 ** 32 + 8, 0, 8])
              expect(statuses.of(scope, source, tag, type, bytes)).to.deep.equal({
                source: scope.rankOf(source),
                tag,
                bytes,
                count: bytes / (type === DOUBLES ? 8 : 4),
                type: type === DOUBLES ? 'Float64Array' : 'Int32Array',
              })
  })

  it('are from the second like message on the same object, which nobody can change', () => {
    const statuses = new Statuses()
    const first = statuses.of(world, 1, 5, DOUBLES, 24)
    const status = statuses.of(world, 1, 5, DOUBLES, 24)
    expect(status).to.not.equal(first)
    statuses.of(world, 2, 5, DOUBLES, 24)
    expect(statuses.of(world, 1, 5, DOUBLES, 24)).to.equal(status)
    expect(() => Object.assign(status, { bytes: 0 })).to.throw(TypeError)
  })

  it('resolve a promise, as any other result does', async () => {
    const statuses = new Statuses()
    const first = statuses.of(world, 1, 5, DOUBLES, 24)
    expect(await statuses.resolved(first)).to.equal(first)
    const status = statuses.of(world, 1, 5, DOUBLES, 24)
    expect(await statuses.resolved(status)).to.equal(status)
    expect(statuses.resolved(status)).to.equal(statuses.resolved(status))
    expect(await statuses.resolved(undefined)).to.equal(undefined)
    expect(await statuses.resolved(status.count)).to.equal(3)
    const other = statuses.of(world, 2, 5, DOUBLES, 24)
    expect(await Promise.all([statuses.resolved(other), statuses.resolved(status)])).to.deep.equal([other, status])
  })
})
