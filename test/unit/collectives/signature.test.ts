import { expect } from 'chai'
import { Op } from '../../../src/collectives/op.ts'
import { Signer, signatureOf } from '../../../src/collectives/signature.ts'
import type { Call } from '../../../src/collectives/signature.ts'

const doubles = new Float64Array(3)

describe('signature of a collective call (S34)', () => {
  const differing: [string, Call, Call][] = [
    ['operation', { operation: 'allreduce', op: Op.sum, value: 1 }, { operation: 'barrier' }],
    ['value and Into form', { operation: 'allreduce', op: Op.sum, value: doubles }, { operation: 'allreduceInto', op: Op.sum, value: doubles }], // prettier-ignore
    ['root', { operation: 'broadcast', root: 0 }, { operation: 'broadcast', root: 1 }],
    ['operator', { operation: 'reduce', op: Op.sum, value: 1, root: 0 }, { operation: 'reduce', op: Op.max, value: 1, root: 0 }], // prettier-ignore
    ['length of an operand', { operation: 'allreduce', op: Op.sum, value: doubles }, { operation: 'allreduce', op: Op.sum, value: new Float64Array(4) }], // prettier-ignore
    ['type of an operand', { operation: 'allreduce', op: Op.sum, value: doubles }, { operation: 'allreduce', op: Op.sum, value: new Float32Array(3) }], // prettier-ignore
    ['number and bigint', { operation: 'scan', op: Op.sum, value: 1 }, { operation: 'scan', op: Op.sum, value: 1n }],
    ['number and array', { operation: 'scan', op: Op.sum, value: 1 }, { operation: 'scan', op: Op.sum, value: doubles }], // prettier-ignore
    ['type of what is joined', { operation: 'allreduce', op: Op.concat, value: 'a' }, { operation: 'allreduce', op: Op.concat, value: ['a'] }], // prettier-ignore
    ['a user’s operator of a built-in one’s name', { operation: 'scan', op: Op.sum, value: 1 }, { operation: 'scan', op: Op.create((a) => a, { name: 'sum' }), value: 1 }], // prettier-ignore
    ['length of a target', { operation: 'broadcastInto', value: doubles, root: 0 }, { operation: 'broadcastInto', value: new Float64Array(4), root: 0 }], // prettier-ignore
    ['counts', { operation: 'reduceScatter', op: Op.sum, value: doubles, counts: [1, 2] }, { operation: 'reduceScatter', op: Op.sum, value: doubles, counts: [2, 1] }], // prettier-ignore
    ['order of members', { operation: 'subset', ranks: [0, 1] }, { operation: 'subset', ranks: [1, 0] }],
    ['extents of a grid', { operation: 'cartesian', grid: { dimensions: [2, 3], periodic: [true, true] } }, { operation: 'cartesian', grid: { dimensions: [3, 2], periodic: [true, true] } }], // prettier-ignore
    ['ends of a grid', { operation: 'cartesian', grid: { dimensions: [2, 3], periodic: [true, false] } }, { operation: 'cartesian', grid: { dimensions: [2, 3], periodic: [false, true] } }], // prettier-ignore
  ]
  for (const [what, one, other] of differing)
    it(`tells apart: ${what}`, () => expect(signatureOf(one).hash).to.not.equal(signatureOf(other).hash))

  const agreeing: [string, Call, Call][] = [
    ['values of a gather', { operation: 'gather', value: doubles, root: 0 }, { operation: 'gather', value: 'a', root: 0 }], // prettier-ignore
    ['lengths of what is joined', { operation: 'allreduce', op: Op.concat, value: 'a' }, { operation: 'allreduce', op: Op.concat, value: 'abc' }], // prettier-ignore
    ['values under a user’s operator', { operation: 'allreduce', op: (a: unknown) => a, value: [1] }, { operation: 'allreduce', op: (a: unknown) => a, value: 'x' }], // prettier-ignore
    ['blocks of a scatterInto', { operation: 'scatterInto', value: doubles, root: 0 }, { operation: 'scatterInto', value: new Float64Array(9), root: 0 }], // prettier-ignore
    ['memory behind the blocks of an allgatherInto', { operation: 'allgatherInto', value: doubles, counts: [1, 2] }, { operation: 'allgatherInto', value: new Float64Array(9), counts: [1, 2] }], // prettier-ignore
    ['a Buffer and a Uint8Array', { operation: 'allreduce', op: Op.sum, value: Buffer.alloc(3) }, { operation: 'allreduce', op: Op.sum, value: new Uint8Array(3) }], // prettier-ignore
  ]
  for (const [what, one, other] of agreeing)
    it(`lets differ: ${what}`, () => expect(signatureOf(one).hash).to.equal(signatureOf(other).hash))

  it('is that of the call before when that was alike, else a new one', () => {
    const signer = new Signer()
    const calls: Call[] = [
      ...[...differing, ...agreeing].flatMap(([, one, other]) => [one, other, one]),
      { operation: 'reduceScatter', op: Op.sum, value: doubles },
    ]
    for (const call of calls) {
      const signature = signer.sign(call)
      expect([signature.hash, signature.text]).to.deep.equal([signatureOf(call).hash, signatureOf(call).text])
    }
    const call: Call = { operation: 'allreduce', op: Op.sum, value: doubles }
    expect(signer.sign(call)).to.equal(signer.sign({ ...call, value: new Float64Array(3) }))
  })
  it('is 32 bits, never 0, and spreads', () => {
    const hashes = new Set<number>()
    for (let length = 0; length < 20_000; length++) {
      const { hash } = signatureOf({ operation: 'allreduce', op: Op.sum, value: new Uint8Array(length) })
      expect(hash).to.be.within(1, 0xffffffff)
      hashes.add(hash)
    }
    expect(hashes.size).to.equal(20_000)
  })
  it('reads as the call', () => {
    expect(signatureOf({ operation: 'allreduce', op: Op.sum, value: doubles }).text).to.equal('allreduce(Float64Array of length 3, Op.sum)') // prettier-ignore
    expect(signatureOf({ operation: 'reduce', op: Op.create((a) => a, { name: 'gcd' }), value: 1, root: 2 }).text).to.equal('reduce(gcd, root 2)') // prettier-ignore
    expect(signatureOf({ operation: 'scan', op: Op.sum, value: 1n }).text).to.equal('scan(bigint, Op.sum)')
    expect(signatureOf({ operation: 'gather', value: 'a', root: 0 }).text).to.equal('gather(root 0)')
    expect(signatureOf({ operation: 'scatterInto', value: doubles, root: 0, counts: [1, 2] }).text).to.equal('scatterInto(Float64Array, root 0, counts 1, 2)') // prettier-ignore
    expect(signatureOf({ operation: 'barrier' }).text).to.equal('barrier()')
    expect(signatureOf({ operation: 'subset', ranks: [3, 1] }).text).to.equal('subset([3, 1])')
    expect(signatureOf({ operation: 'cartesian', grid: { dimensions: [2, 3], periodic: [false, true] } }).text).to.equal('cartesian([2, 3], periodic [false, true])') // prettier-ignore
  })
})
