/** Rings in memory that somebody else writes to as well, anywhere and at any time. */
import { RingMemory, RingReader, RingWriter } from '../../src/transport/ring.ts'
import type { Body } from '../../src/wire/body.ts'
import { bodyBytes, Header, Kind } from '../../src/wire/header.ts'
import type { Random } from '../support/random.ts'
import { oddWord, type Target } from './target.ts'

const JOB = 7
const SOURCE = 3
const BYTES = 4096
const header = new Header()
const body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
const payload = new Uint8Array(BYTES)
const out = Object.assign(new Header(), { job: JOB, source: SOURCE })

/** The words that lead somewhere: where the consumer is, and the beginnings of records. */
function overwrite(words: Int32Array, random: Random): void {
  const at = random.chance(0.2)
    ? 0
    : random.chance(0.5)
      ? 16 * random.below(words.length / 16)
      : random.below(words.length)
  const known = words[random.below(words.length)] as number
  words[at] = random.chance(0.3) ? known : random.chance(0.2) ? 0x7fff_ffff : oddWord(random)
}

export const rings: Target = {
  name: 'rings',
  share: 200,
  attack: (random) => {
    const memory = new RingMemory(new ArrayBuffer(BYTES))
    const writer = new RingWriter(memory)
    const reader = new RingReader(memory, SOURCE, JOB)
    let sent = 0
    let due = 0
    let isOpen = true
    for (let step = 0; step < 40 && isOpen; step++) {
      if (random.chance(0.15)) overwrite(memory.words, random)
      if (random.chance(0.5)) {
        if (write(writer, memory, random, sent)) sent++
      } else if (read(reader)) isOpen = header.sequence === due++
    }
    // It comes to an end: broken, empty, or a packet out of turn, at which its receiver gives the sender up.
    for (let packets = 0; isOpen && read(reader); packets++) {
      isOpen = header.sequence === due++
      if (packets > BYTES) throw new Error('packets without end')
    }
  },
}

function write(writer: RingWriter, memory: RingMemory, random: Random, sequence: number): boolean {
  out.sequence = sequence
  out.kind = random.pick([Kind.eager, Kind.announce, Kind.credit, Kind.data])
  out.peerId = random.below(2)
  out.bytes = out.kind === Kind.credit ? 0 : random.below(random.pick([33, 200, memory.largestBody + 1]))
  return writer.write(out, bodyBytes(out) === 0 ? undefined : payload.subarray(0, out.bytes))
}

function read(reader: RingReader): boolean {
  if (!reader.read(header, body)) return false
  if (header.job !== JOB || header.source !== SOURCE) throw new Error('a packet of somebody else')
  const end = body.offset + bodyBytes(header)
  if (body.offset < 0 || end > body.bytes.length || body.bytes.length !== BYTES)
    throw new Error(`a body from ${body.offset} to ${end} in a ring of ${BYTES} bytes`)
  return true
}
