import { expect } from 'chai'
import { createHmac } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { Pulse, PulseEcho, seal, unseal } from '../../../../src/launcher/remote/pulse.ts'

const SECRET = 'of this job'
const OTHER = 'of another job'
const SIGN = { type: 'pulse', name: '0.1', number: 7 } as const

describe('a sealed sign', () => {
  it('is read with the same secret', () => {
    expect(unseal(seal(SIGN, SECRET), SECRET)).to.deep.equal(SIGN)
  })

  for (const [what, datagram] of [
    ['of another job', seal(SIGN, OTHER)],
    ['of a job without keys', seal(SIGN, 'none')],
    ['that was changed', Buffer.concat([seal(SIGN, SECRET).subarray(0, -2), Buffer.from('8]')])],
    ['that was cut', seal(SIGN, SECRET).subarray(0, 20)],
    ['of nothing', Buffer.alloc(0)],
    ['of noise', Buffer.alloc(1000, 0xa7)],
  ] as const)
    it(`is none when it is one ${what}`, () => {
      expect(unseal(datagram, SECRET)).to.equal(undefined)
    })
})

describe('a datagram that anybody can seal, without keys,', () => {
  const sealed = (text: string) =>
    Buffer.concat([createHmac('sha256', 'none').update(text).digest(), Buffer.from(text)])
  it('is a sign when it is one', () => {
    expect(unseal(sealed('["pulse","0.1",7]'), 'none')).to.deep.equal(SIGN)
  })
  for (const text of ['x', 'null', '7', '{}', '["pulse"]', '["pulse",1,7]', '["pulse","h","7"]', '["beat","h",7]'])
    it(`is none when it says ${text}`, () => {
      expect(unseal(sealed(text), 'none')).to.equal(undefined)
    })
})

describe('pulses', () => {
  for (const address of ['127.0.0.1', '::1'])
    it(`are sensed by the launcher and answered, at ${address}`, async () => {
      const sensed: string[] = []
      const echo = new PulseEcho(address, SECRET, (name) => sensed.push(name) > 0)
      const port = await echo.port()
      let answered: () => void = () => {}
      const answer = new Promise<void>((resolve) => (answered = resolve))
      const pulse = new Pulse(address, port, 'h', SECRET, answered)
      // None goes out before the socket is ready, which nobody waits for.
      const beats = setInterval(() => pulse.beat(), 5)
      await answer
      clearInterval(beats)
      expect(new Set(sensed)).to.deep.equal(new Set(['h']))
      pulse.close()
      echo.close()
    })

  it('count once, and only from those who hold the secret', async () => {
    const sensed: string[] = []
    const echo = new PulseEcho('127.0.0.1', SECRET, (name) => name !== 'x' && sensed.push(name) > 0)
    const port = await echo.port()
    const socket = createSocket('udp4')
    const say = (datagram: Buffer) => socket.send(datagram, port, '127.0.0.1')
    for (const datagram of [seal(SIGN, OTHER), seal(SIGN, 'none'), Buffer.alloc(9)]) say(datagram)
    say(seal({ ...SIGN, name: 'x' }, SECRET))
    say(seal(SIGN, SECRET))
    const [first] = (await once(socket, 'message')) as [Buffer]
    expect(unseal(first, SECRET)).to.deep.equal({ ...SIGN, type: 'echo' })
    // Once more the same, what is older, the echo itself, and at last a new one: it alone is answered.
    for (const datagram of [seal(SIGN, SECRET), seal({ ...SIGN, number: 6 }, SECRET), first]) say(datagram)
    say(seal({ ...SIGN, number: 8 }, SECRET))
    const [second] = (await once(socket, 'message')) as [Buffer]
    expect(unseal(second, SECRET)?.number).to.equal(8)
    expect(sensed).to.deep.equal(['0.1', '0.1'])
    socket.close()
    echo.close()
  })
})
