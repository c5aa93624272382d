import { expect } from 'chai'
import { constants } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { Nursery, NURSERY_BYTES } from '../../../../src/transport/zeromq/nursery.ts'
import { AskedCollections } from '../../../support/collections.ts'

describe('Nursery', () => {
  const collections = new AskedCollections()
  beforeEach(() => collections.start())
  afterEach(() => collections.stop())

  it('collects the young generation, and no more, whenever so much has come', async () => {
    const nursery = new Nursery()
    for (let times = 1; times <= 3; times++) {
      nursery.received(NURSERY_BYTES / 2)
      await turn()
      expect(collections.kinds).to.have.length(times - 1)
      nursery.received(NURSERY_BYTES / 2)
      await collections.until(times)
    }
    expect(collections.kinds).to.deep.equal([1, 1, 1].map(() => constants.NODE_PERFORMANCE_GC_MINOR))
  })

  it('shows what it collects with to nobody', async () => {
    const before = runInNewContext('typeof gc') as string
    new Nursery().received(NURSERY_BYTES)
    await collections.until(1)
    expect(globalThis).to.not.have.property('gc')
    expect(runInNewContext('typeof gc')).to.equal(before)
  })
})
