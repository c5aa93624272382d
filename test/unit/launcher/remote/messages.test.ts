import { expect } from 'chai'
import { decode, encode, type Order, type Report } from '../../../../src/launcher/remote/messages.ts'

describe('messages between hosts', () => {
  it('arrive as they were sent, with and without bytes', () => {
    const order: Order = {
      type: 'tell',
      rank: 3,
      messages: [{ type: 'at', rank: 1, address: 'tcp://[::1]:5', host: 'ü' }],
    }
    expect(decode<Order>(encode(order).map((frame) => Buffer.from(frame)))).to.deep.equal({
      message: order,
      bytes: undefined,
    })
    const report: Report = { type: 'output', rank: 0, stream: 'stderr' }
    const bytes = Buffer.from([0, 255, 10])
    expect(decode<Report>(encode(report, bytes).map((frame) => Buffer.from(frame)))).to.deep.equal({
      message: report,
      bytes,
    })
  })

  for (const [what, frames] of [
    ['no frame', []],
    ['three frames', ['{"type":"beat"}', '', '']],
    ['no document', ['beat']],
    ['a document without type', ['{}']],
    ['null', ['null']],
  ] as const)
    it(`are refused when they are ${what}`, () => {
      expect(() => decode(frames.map((text) => Buffer.from(text)))).to.throw(Error)
    })
})
