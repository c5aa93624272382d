/**
 * Runs packets of every form through a ring in this process's own memory, before the first real one. V8 compiles a
 * function for the ways that it has been seen to go, and starts again when it goes another one: so a program's first
 * larger message, in the midst of small ones, would cost as much as thousands of later ones.
 */
import type { Body } from '../../wire/body.ts'
import { Header, Kind } from '../../wire/header.ts'
import { fill, rawCodeOf, take } from '../../wire/payload.ts'
import type { TypedArray } from '../../wire/element-type.ts'
import { RingMemory, RingReader, RingWriter } from '../ring.ts'

const RING_BYTES = 16_384
/** In the line of the header, in a copying loop, in a call. */
const LENGTHS = [1, 16, 256]
/** Enough to come round to the start of the ring. */
const ROUNDS = 4

export function rehearse(): void {
  const memory = new RingMemory(new ArrayBuffer(RING_BYTES))
  const writer = new RingWriter(memory)
  const reader = new RingReader(memory, 0, 0)
  const sent = new Header()
  const received = new Header()
  const body: Body = { bytes: new Uint8Array(0), offset: 0, owned: false, memory: undefined }
  const pass = (kind: number, array: TypedArray | undefined): void => {
    sent.kind = kind
    sent.type = array === undefined ? 0 : (rawCodeOf(array) ?? 0)
    sent.bytes = array?.byteLength ?? 0
    writer.write(sent, array)
    if (!reader.read(received, body) || array === undefined) return
    fill(received.type, body, received.bytes, array)
    take(received.type, body, received.bytes)
  }
  for (let round = 0; round < ROUNDS; round++) {
    pass(Kind.credit, undefined)
    pass(Kind.announce, undefined)
    for (const length of LENGTHS) {
      pass(Kind.eager, new Float64Array(length))
      pass(Kind.eager, new Uint8Array(8 * length))
      pass(Kind.eager, new Int32Array(2 * length))
      // Objects leave as what a Buffer is.
      pass(Kind.eager, Buffer.alloc(8 * length))
    }
    reader.read(received, body)
  }
}
