import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { CopyRoute } from '../../../src/transport/copy-route.ts'
import { Destination } from '../../../src/transport/destination.ts'
import { pastRoute } from '../../support/past-route.ts'

/** A memory, and how its destination copied past the caches. */
function destination(route: CopyRoute): { bytes: Uint8Array; copies: number[][]; to: Destination } {
  const bytes = new Uint8Array(1 << 16)
  const copies: number[][] = []
  const copy = (source: ArrayBufferView, at: number): void => {
    copies.push([source.byteLength, at])
    bytes.set(new Uint8Array(source.buffer, source.byteOffset, source.byteLength), at)
  }
  return { bytes, copies, to: new Destination(bytes.buffer, { copy, route }) }
}

const SOURCES = [
  new Float64Array(8).fill(0.5),
  new Float64Array(9).fill(-1),
  new Float64Array(600).fill(3),
  new Uint8Array(5000).fill(7),
  new Int16Array(3000).fill(300),
  new Float32Array(512).subarray(1).fill(2),
  new BigInt64Array(0),
  new DataView(new ArrayBuffer(6000), 8, 5000),
]

describe('destination', () => {
  for (const [way, route] of [
    ['through', () => new CopyRoute(4096)],
    ['past', pastRoute],
  ] as const)
    it(`copies arrays of every kind and length ${way} the caches, and nothing beside them`, () => {
      const { bytes, to } = destination(route())
      for (let lap = 0; lap < 20; lap++)
        for (const source of SOURCES) {
          bytes.fill(99)
          to.put(source, 4096)
          const written = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
          expect(bytes.subarray(4096, 4096 + source.byteLength)).to.deep.equal(written)
          expect([bytes[4095], bytes[4096 + source.byteLength]]).to.deep.equal([99, 99])
        }
    })

  it('copies past the caches what is large, where a line can begin', () => {
    const { copies, to } = destination(pastRoute())
    expect([to.prefersCopies(4095), to.prefersCopies(4096)]).to.deep.equal([false, true])
    to.put(new Uint8Array(4095), 0)
    to.put(new Uint8Array(4096), 64)
    to.put(new Uint8Array(4096), 72)
    to.put(new Float64Array(1000), 4096)
    expect(copies).to.deep.equal([
      [4096, 64],
      [8000, 4096],
    ])
  })

  it('tells the route of every copy: so each way is left again, and what takes long is noticed', () => {
    const route = new CopyRoute(4096)
    const { copies, to } = destination(route)
    const source = new Uint8Array(4096)
    // Into a memory that is slow: a millisecond each.
    const clock = { start: 0, now: performance.now.bind(performance) }
    performance.now = () => clock.start++
    try {
      for (let i = 0; i < 5 * 8; i++) {
        expect(route.isPast).to.equal(false)
        to.put(source, 0)
      }
      expect(route.isPast).to.equal(true)
      for (let i = 0; i < 16; i++) to.put(source, 0)
      expect([copies.length, route.isPast]).to.deep.equal([16, false])
      for (let i = 0; i < 1 + 5; i++) to.put(source, 0)
      expect([copies.length, route.isPast]).to.deep.equal([16, true])
    } finally {
      performance.now = clock.now
    }
  })

  it('has what is only drafted measured too', () => {
    const { to } = destination(new CopyRoute(1 << 20))
    let drafts = 0
    for (; !to.prefersCopies(4096); drafts++) to.drafted(4096)
    expect(drafts).to.be.within(8, 32)
  })

  it('keeps no long memory by a view on it', async () => {
    const { to } = destination(new CopyRoute(4096))
    const copied = (): WeakRef<ArrayBuffer> => {
      const memory = new ArrayBuffer(1 << 20)
      to.put(new Int16Array(memory, 0, 100), 0)
      return new WeakRef(memory)
    }
    const memory = copied()
    await setImmediate()
    setFlagsFromString('--expose-gc')
    runInNewContext('gc')()
    expect(memory.deref()).to.equal(undefined)
  })

  it('copies through them where there is no other way', () => {
    const bytes = new Uint8Array(4096)
    const to = new Destination(bytes.buffer)
    expect(to.prefersCopies(4096)).to.equal(false)
    to.put(new Uint8Array(4096).fill(1), 0)
    expect(bytes.every((byte) => byte === 1)).to.equal(true)
  })
})
