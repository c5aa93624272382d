import { expect } from 'chai'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadNative } from '../../../src/transport/native.ts'
import type { Native } from '../../../src/transport/native.ts'
import { VectorMemory } from '../../../src/transport/vector-memory.ts'

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
    expect(() => native.mapOver(new VectorMemory(4096).buffer, -1, 0, 4096)).to.throw(Error, 'mmap of 4096 bytes')
    expect(() => native.mapOver(new ArrayBuffer(4096), -1, 0, 8192)).to.throw(
      RangeError,
      '8192 bytes over memory of 4096',
    )
  })

  it('maps a file over memory for vector instructions', () => {
    const native = systemCalls()
    const path = join(mkdtempSync(join(tmpdir(), 'zmpi-')), 'file')
    const fd = openSync(path, 'wx+')
    rmSync(dirname(path), { recursive: true })
    writeSync(fd, Buffer.alloc(8192, 'x'))
    const { buffer } = new VectorMemory(8192)
    native.mapOver(buffer, fd, 4096, 4096)
    const [mapped, beyond] = [new Uint8Array(buffer, 0, 4096), new Uint8Array(buffer, 4096)]
    expect([mapped.at(0), mapped.at(-1), beyond[0]]).to.deep.equal([120, 120, 0])
    mapped[1] = 121
    const read = Buffer.alloc(2)
    readSync(fd, read, 0, 2, 4096)
    expect(read.toString()).to.equal('xy')
    closeSync(fd)
  })

  it('copies past the caches: every length, whatever the source lies in, nothing beyond the target, never out of the memory', function () {
    const target = new Uint8Array(1 << 17)
    const copy = systemCalls().streamInto(target.buffer)
    if (process.arch !== 'x64') {
      expect(copy).to.equal(undefined)
      return
    }
    const shared = new Uint8Array(new SharedArrayBuffer(1 << 17))
    for (const bytes of [new Uint8Array(1 << 17), Buffer.alloc((1 << 17) + 1).subarray(1), shared]) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + (i >> 8)) & 255
      for (const length of [0, 1, 15, 63, 64, 65, 127, 128, 2048, 4095, 65_536, 70_001])
        for (const from of [0, 1, 64, 1003]) {
          target.fill(99)
          copy?.(bytes.subarray(from, from + length), 112)
          expect(Buffer.compare(target.subarray(112, 112 + length), bytes.subarray(from, from + length))).to.equal(0)
          expect([target[111], target[112 + length]]).to.deep.equal([99, 99])
        }
    }
    const doubles = new Float64Array(100).map((_, i) => i / 3)
    copy?.(doubles, 16)
    expect(new Float64Array(target.buffer, 16, 100)).to.deep.equal(doubles)
    expect(() => copy?.(shared, 16)).to.throw(RangeError, '131072 bytes at 16 of memory of 131072')
    for (const at of [-16, 8, Number.NaN])
      expect(() => copy?.(doubles, at)).to.throw(RangeError, `800 bytes at ${at} of memory of 131072`)
  })
})
