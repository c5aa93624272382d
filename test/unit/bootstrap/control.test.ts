import { expect } from 'chai'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from '../../../src/bootstrap/control.ts'

const MESSAGES: readonly (RankMessage | AgentMessage)[] = [
  { type: 'open', address: 'ipc:///tmp/job/3', host: 'naïve host \u2028 😀' },
  { type: 'where', ranks: [1, 2, 3] },
  {
    type: 'ended',
    sent: [[0, 3]],
    received: [],
    confirmed: [0],
    unreceived: [{ source: 1, tag: 2, communicator: 'world', messages: 1 }],
  },
  { type: 'abort', code: 3, reason: 'line one\nline two\r\n"quoted"' },
  { type: 'gone', rank: 4, how: 'failed', detail: '', sent: 7 },
]
const STREAM = MESSAGES.map(encodeLine).join('')

describe('control channel', () => {
  for (const size of [1, 2, 7, 64, STREAM.length])
    it(`reads every message once and in order from pieces of ${size} characters`, () => {
      const read: unknown[] = []
      const decoder = new LineDecoder<unknown>((message) => read.push(message))
      for (let at = 0; at < STREAM.length; at += size) decoder.push(STREAM.slice(at, at + size))
      expect(read).to.deep.equal(MESSAGES)
    })

  it('keeps a message on one line, whatever its text', () => {
    for (const message of MESSAGES) expect(encodeLine(message).indexOf('\n')).to.equal(encodeLine(message).length - 1)
  })

  it('says nothing of a message whose end has not come', () => {
    const read: unknown[] = []
    const decoder = new LineDecoder<unknown>((message) => read.push(message))
    decoder.push(STREAM.slice(0, -1))
    expect(read).to.have.length(MESSAGES.length - 1)
  })

  it('passes over empty lines', () => {
    const read: unknown[] = []
    new LineDecoder<unknown>((message) => read.push(message)).push('\n\n{"a":1}\n\n')
    expect(read).to.deep.equal([{ a: 1 }])
  })

  it('throws at a line that is no JSON', () => {
    expect(() => new LineDecoder(() => undefined).push('{"type":\n')).to.throw(SyntaxError)
  })
})
