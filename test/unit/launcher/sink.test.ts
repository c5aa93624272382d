import { expect } from 'chai'
import { Collector, settle, SlowCollector } from '../../support/collector.ts'
import { Sink } from '../../../src/launcher/sink.ts'

const unbroken = () => {
  throw new Error('the stream is not broken')
}
const anna = { name: 'anna' }
const bob = { name: 'bob' }
const bytes = (text: string) => Buffer.from(text)

describe('Sink', () => {
  it('writes what has gathered during a write as one piece', async () => {
    const target = new SlowCollector()
    const sink = new Sink({ onBroken: unbroken })
    for (let line = 0; line < 100; line++) sink.write(anna, target, bytes(`${line}\n`))
    target.next()
    await settle()
    target.next()
    await sink.idle()
    expect(target.pieces).to.have.lengthOf(2)
    expect(target.text).to.equal(Array.from({ length: 100 }, (_, line) => `${line}\n`).join(''))
  })

  it('keeps one order for two streams: the second is not written while the first is busy', async () => {
    const [out, err] = [new SlowCollector(), new SlowCollector()]
    const sink = new Sink({ onBroken: unbroken })
    sink.write(anna, out, bytes('1\n'))
    sink.write(anna, err, bytes('2\n'))
    sink.write(anna, out, bytes('3\n'))
    await settle()
    expect([out.text, err.text]).to.deep.equal(['1\n', ''])
    out.next()
    await settle()
    expect([out.text, err.text]).to.deep.equal(['1\n', '2\n'])
    err.next()
    await settle()
    expect(out.text).to.equal('1\n3\n')
    out.next()
    await sink.idle()
  })

  it('gives room only when its queue has shrunk', async () => {
    const target = new SlowCollector()
    const sink = new Sink({ onBroken: unbroken })
    let room = false
    sink.write(anna, target, Buffer.alloc(300_000, '\n'))
    const waiting = sink.room().then(() => (room = true))
    await settle()
    expect(room).to.equal(false)
    target.next()
    await waiting
  })

  it('is free for the owner of an unfinished line alone, until the line ends', async () => {
    const target = new Collector()
    const sink = new Sink({ onBroken: unbroken })
    sink.write(anna, target, bytes('begun '))
    expect([sink.isFreeFor(anna), sink.isFreeFor(bob)]).to.deep.equal([true, false])
    const turn = sink.turn()
    sink.write(anna, target, bytes('ended\n'))
    await turn
    expect(sink.isFreeFor(bob)).to.equal(true)
    await sink.idle()
    expect(target.text).to.equal('begun ended\n')
  })

  it('ends the line of an owner who stays silent too long', async () => {
    const target = new Collector()
    const sink = new Sink({ onBroken: unbroken, patience: 5 })
    sink.write(anna, target, bytes('begun'))
    while (!sink.isFreeFor(bob)) await sink.turn()
    sink.write(bob, target, bytes('mine\n'))
    expect(sink.isOpenFor(anna)).to.equal(false)
    await sink.idle()
    expect(target.text).to.equal('begun\nmine\n')
  })

  it('does not lose patience while it is the reader who is slow', async () => {
    const target = new SlowCollector()
    const sink = new Sink({ onBroken: unbroken, patience: 1 })
    sink.write(anna, target, bytes('begun '))
    for (let turn = 0; turn < 10; turn++) await sink.turn()
    expect(sink.isFreeFor(bob)).to.equal(false)
    target.next()
    await sink.idle()
    expect(target.text).to.equal('begun ')
  })

  it('ends an abandoned line only when somebody else writes', async () => {
    const target = new Collector()
    const sink = new Sink({ onBroken: unbroken })
    sink.write(anna, target, bytes('begun'))
    sink.leave(anna)
    await sink.idle()
    expect(target.text).to.equal('begun')
    expect(sink.isFreeFor(bob)).to.equal(true)
    sink.write(bob, target, bytes('next\n'))
    await sink.idle()
    expect(target.text).to.equal('begun\nnext\n')
  })

  it('reports a broken stream once, throws away what is meant for it, and serves the other', async () => {
    const [out, err] = [new SlowCollector(), new Collector()]
    const broken: string[] = []
    const sink = new Sink({ onBroken: (stream, error) => broken.push(`${stream === out} ${error.message}`) })
    sink.write(anna, out, bytes('1\n'))
    sink.write(anna, out, Buffer.alloc(1_000_000, '\n'))
    out.next(new Error('EPIPE'))
    await sink.idle()
    sink.write(anna, out, bytes('2\n'))
    sink.write(anna, err, bytes('3\n'))
    await sink.idle()
    await sink.room()
    expect(broken).to.deep.equal(['true EPIPE'])
    expect([out.text, err.text]).to.deep.equal(['1\n', '3\n'])
  })

  it('leaves no listener on the streams that it has released', async () => {
    const target = new Collector()
    const sink = new Sink({ onBroken: unbroken })
    sink.write(anna, target, bytes('1\n'))
    await sink.idle()
    sink.release()
    expect(target.listenerCount('error')).to.equal(0)
  })
})
