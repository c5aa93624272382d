import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { Collector, settle, SlowCollector } from '../../support/collector.ts'
import { receivesStdin, StdinForwarder } from '../../../src/launcher/stdin.ts'

function forward(...parameters: ConstructorParameters<typeof StdinForwarder>): StdinForwarder {
  return new StdinForwarder(...parameters)
}

describe('receivesStdin', () => {
  it('is true for the chosen rank, for all, or for none', () => {
    expect([0, 1].map((rank) => receivesStdin(0, rank))).to.deep.equal([true, false])
    expect([0, 1].map((rank) => receivesStdin(1, rank))).to.deep.equal([false, true])
    expect([0, 1].map((rank) => receivesStdin('all', rank))).to.deep.equal([true, true])
    expect([0, 1].map((rank) => receivesStdin('none', rank))).to.deep.equal([false, false])
  })
})

describe('StdinForwarder', () => {
  it('passes every byte and the end of file to each target', async () => {
    const targets = [new Collector(), new Collector()]
    forward(Readable.from([Buffer.from([1, 0xff]), Buffer.from([0, 2])]), targets)
    await settle()
    for (const target of targets) {
      expect(target.bytes).to.deep.equal(Buffer.from([1, 0xff, 0, 2]))
      expect(target.writableFinished).to.equal(true)
    }
  })

  it('goes at the pace of the slowest target', async () => {
    const source = new PassThrough()
    const [quick, slow] = [new Collector(), new SlowCollector({ highWaterMark: 1 })]
    const forwarder = forward(source, [quick, slow])
    source.write('1')
    await settle()
    source.write('2')
    await settle()
    expect([quick.text, slow.text]).to.deep.equal(['1', '1'])
    slow.next()
    await settle()
    expect([quick.text, slow.text]).to.deep.equal(['12', '12'])
    forwarder.stop()
  })

  it('goes on with the others when one has closed its input or ended', async () => {
    const source = new PassThrough()
    const [closed, gone, alive] = [new SlowCollector({ highWaterMark: 1 }), new Collector(), new Collector()]
    forward(source, [closed, gone, alive])
    source.write('1')
    await settle()
    closed.next(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    gone.destroy()
    await settle()
    source.end('2')
    await settle()
    expect(alive.text).to.equal('12')
    expect(alive.writableFinished).to.equal(true)
  })

  it('stops reading when nobody is left', async () => {
    const source = new PassThrough()
    const target = new Collector()
    forward(source, [target])
    target.destroy()
    await settle()
    source.write('unread')
    await settle()
    expect(source.isPaused()).to.equal(true)
    expect(source.listenerCount('data')).to.equal(0)
  })

  it('does not touch the input when nobody wants it', async () => {
    const source = new PassThrough()
    forward(source, [])
    source.write('unread')
    await settle()
    expect(source.readableLength).to.equal(6)
  })

  it('takes an input that fails or is closed as one that has ended', async () => {
    for (const error of [new Error('EIO'), undefined]) {
      const source = new PassThrough()
      const target = new Collector()
      forward(source, [target])
      source.destroy(error)
      await settle()
      expect(target.writableFinished).to.equal(true)
    }
  })

  it('reads a terminal only in the foreground, and looks again when told', async () => {
    const source = new PassThrough()
    const target = new Collector()
    let foreground = false
    const forwarder = forward(source, [target], () => foreground)
    source.write('1')
    await settle()
    expect(target.text).to.equal('')
    foreground = true
    forwarder.recheck()
    await settle()
    expect(target.text).to.equal('1')
    foreground = false
    forwarder.recheck()
    source.write('2')
    await settle()
    expect(target.text).to.equal('1')
    forwarder.stop()
  })

  it('does not even try to read in the background: that would stop the process', async () => {
    let reads = 0
    const source = new Readable({ read: () => void reads++ })
    const forwarder = forward(source, [new Collector()], () => false)
    await settle()
    expect(reads).to.equal(0)
    forwarder.stop()
  })

  it('reads no more once it is stopped', async () => {
    const source = new PassThrough()
    const target = new Collector()
    const forwarder = forward(source, [target])
    forwarder.stop()
    source.write('1')
    forwarder.recheck()
    await settle()
    expect(target.text).to.equal('')
    expect(source.isPaused()).to.equal(true)
  })
})
