import { expect } from 'chai'
import { closeSync, readSync, writeSync } from 'node:fs'
import { loadNative } from '../../../src/transport/native.ts'
import type { Native } from '../../../src/transport/native.ts'

function systemCalls(): Native {
  const native = loadNative()
  if (typeof native === 'string') throw new Error(native)
  return native
}

describe('native', () => {
  it('lets promises continue as soon as a watched descriptor is readable', async () => {
    const native = systemCalls()
    const [reader, writer] = native.pipe()
    const order: string[] = []
    const late = setTimeout(() => order.push('timer'), 1000)
    const readable = new Promise<void>((resolve) => {
      const watch = native.watch(reader, () => {
        readSync(reader, new Uint8Array(8))
        watch.close()
        resolve()
      })
      watch.ref()
    })
    writeSync(writer, new Uint8Array(1))
    await readable
    order.push('promise')
    expect(order).to.deep.equal(['promise'])
    clearTimeout(late)
    closeSync(reader)
    closeSync(writer)
  })

  it('reads memory of a process at its address, or says that it cannot', () => {
    const native = systemCalls()
    const source = Uint8Array.from({ length: 5_000_000 }, (_, i) => i)
    const target = new Uint8Array(source.length - 100)
    expect(native.read(process.pid, native.address(source) + 100, target)).to.equal(true)
    expect(Buffer.compare(target, source.subarray(100))).to.equal(0)
    expect(native.read(process.pid, native.address(source.subarray(100)), target)).to.equal(true)
    expect(native.read(process.pid, 4096, target)).to.equal(false)
    for (const address of [Number.NaN, Infinity, 0.5, -1, 2 ** 60])
      expect(native.read(process.pid, address, target), `${address}`).to.equal(false)
  })

  it('moves to a core without being bound to it', () => {
    const native = systemCalls()
    const cores = native.cores()
    expect(cores).to.include(native.core())
    for (const core of cores) {
      native.moveTo(core)
      expect(native.cores()).to.deep.equal(cores)
    }
    native.moveTo(Math.max(...cores) + 1)
    expect(native.cores()).to.deep.equal(cores)
  })

  it('throws when memory cannot be mapped, and tells when it cannot be reserved', () => {
    const native = systemCalls()
    expect(() => native.map(-1, 0, 4096)).to.throw(Error, 'mmap of 4096 bytes')
    expect(native.reserve(-1, 0, 4096)).to.be.greaterThan(0)
  })
})
