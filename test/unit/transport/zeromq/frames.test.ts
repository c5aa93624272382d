import { expect } from 'chai'
import { acknowledgement, Packer, SMALL_BYTES, unpack } from '../../../../src/transport/zeromq/frames.ts'
import { Header, Kind } from '../../../../src/wire/header.ts'
import type { Body } from '../../../../src/wire/body.ts'

const JOB = 5
const SOURCE = 3

function headerOf(id: number, bytes: number, kind: number = Kind.data): Header {
  return Object.assign(new Header(), { kind, job: JOB, source: SOURCE, id, bytes })
}

function bodyOf(id: number, bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(id + 1)
}

/** What a message contains, and what is wrong with it. */
function read(first: Uint8Array, second?: Uint8Array): { packets: [number, number[]][]; wrong: string | undefined } {
  const packets: [number, number[]][] = []
  const body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  const wrong = unpack(first, second, SOURCE, JOB, new Header(), body, (header, { bytes, offset }) => {
    packets.push([header.id, header.kind === Kind.announce ? [] : [...bytes.subarray(offset, offset + header.bytes)]])
  })
  return { packets, wrong }
}

describe('Packer and unpack', () => {
  it('carry several packets in one frame, with the acknowledgement', () => {
    const packer = new Packer()
    const sizes = [0, 1, 7, 8, 9, 100]
    for (const [id, bytes] of sizes.entries()) packer.add(headerOf(id, bytes), bodyOf(id, bytes))
    const frame = packer.take(-7)
    expect(read(frame)).to.deep.equal({
      packets: sizes.map((bytes, id) => [id, [...bodyOf(id, bytes)]]),
      wrong: undefined,
    })
    expect(acknowledgement(Buffer.from(frame))).to.equal(-7)
    expect(packer.empty).to.equal(true)
  })

  it('carry an announcement, whose length is that of the whole message', () => {
    const packer = new Packer()
    packer.add(headerOf(0, 1e12, Kind.announce), undefined)
    packer.add(headerOf(1, 2), bodyOf(1, 2))
    expect(read(packer.take(0)).packets).to.deep.equal([
      [0, []],
      [1, [2, 2]],
    ])
  })

  it('read frames that lie unaligned', () => {
    const packer = new Packer()
    packer.add(headerOf(0, 3), bodyOf(0, 3))
    const frame = packer.take(0)
    const moved = new Uint8Array(frame.byteLength + 1)
    moved.set(frame, 1)
    expect(read(moved.subarray(1))).to.deep.equal({ packets: [[0, [1, 1, 1]]], wrong: undefined })
  })

  it('never write to memory twice that has been taken', () => {
    const packer = new Packer()
    const taken: Uint8Array[] = []
    for (let id = 0; id < 100; id++) {
      if (!packer.fits(SMALL_BYTES)) packer.renew()
      packer.add(headerOf(id, SMALL_BYTES), bodyOf(id, SMALL_BYTES))
      taken.push(packer.take(0))
    }
    for (const [id, frame] of taken.entries()) {
      expect(read(frame).packets.map(([number, [first]]) => [number, first])).to.deep.equal([[id, id + 1]])
    }
  })

  it('hand over a large body as memory of its own', () => {
    const packer = new Packer()
    packer.add(headerOf(0, SMALL_BYTES + 1), undefined)
    const body: Body = { bytes: new Uint8Array(0), offset: 1, owned: false, memory: undefined }
    const large = bodyOf(0, SMALL_BYTES + 1)
    const seen: Body[] = []
    unpack(packer.take(0), large, SOURCE, JOB, new Header(), body, (_header, given) => seen.push({ ...given }))
    expect(seen).to.have.length(1)
    expect(seen[0]?.bytes).to.equal(large)
    expect([seen[0]?.offset, seen[0]?.owned]).to.deep.equal([0, true])
  })

  it('deliver nothing outside the frame, whatever its bytes are', () => {
    const packer = new Packer()
    for (let id = 0; id < 4; id++) packer.add(headerOf(id, 20 * id), bodyOf(id, 20 * id))
    const sound = packer.take(0)
    let state = 12345
    const random = (limit: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * limit)
    }
    const body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
    const header = new Header()
    let refused = 0
    for (let round = 0; round < 20_000; round++) {
      const frame = sound.slice(0, random(4) === 0 ? random(sound.byteLength) : undefined)
      for (let change = random(4); change >= 0 && frame.byteLength > 0; change--)
        frame[random(frame.byteLength)] = random(256)
      const wrong = unpack(frame, undefined, SOURCE, JOB, header, body, ({ kind, bytes }, { offset }) => {
        const length = kind === Kind.announce ? 0 : bytes
        if (offset + length > frame.byteLength) throw new Error(`${length} bytes at ${offset} of ${frame.byteLength}`)
      })
      if (wrong !== undefined) refused++
    }
    expect(refused).to.be.greaterThan(10_000)
  })
})
