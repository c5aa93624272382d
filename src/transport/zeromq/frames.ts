/**
 * How packets lie in ZeroMQ messages. Small ones: one frame with one or several packets, each a header and a body
 * padded to 8 bytes. A large one: a frame with its header and a frame with its body. The first frame ends with the
 * number of second frames that the sender has received from the receiver, modulo 2^32, and four zero bytes.
 * Knows no sockets and no peers.
 */
import { HEADER_BYTES, Kind, readHeader, writeHeader } from '../../wire/header.ts'
import type { Body } from '../../wire/body.ts'
import type { Header } from '../../wire/header.ts'

/** Bodies up to this size travel in one frame with their header: below it, ZeroMQ does not give memory of its own. */
export const SMALL_BYTES = 8192
const SLAB_BYTES = 65_536
const TRAILER_BYTES = 8

/** Packs small packets one after another. A piece of memory is written once only: ZeroMQ may read it at any time. */
export class Packer {
  #bytes = new Uint8Array(SLAB_BYTES)
  #words = new Int32Array(this.#bytes.buffer)
  #start = 0
  #end = 0

  get empty(): boolean {
    return this.#start === this.#end
  }

  fits(body: number): boolean {
    return this.#end + HEADER_BYTES + padded(body) + TRAILER_BYTES <= SLAB_BYTES
  }

  /** Adds a packet; `fits` said that there is room. */
  add(header: Header, body: Uint8Array | undefined): void {
    writeHeader(header, this.#words, this.#end >> 2)
    this.#end += HEADER_BYTES
    if (body === undefined) return
    this.#bytes.set(body, this.#end)
    this.#end += padded(body.byteLength)
  }

  /** A frame of all packets added since the last call, with the acknowledgement of so many received second frames. */
  take(received: number): Uint8Array {
    this.#words[this.#end >> 2] = received
    this.#end += TRAILER_BYTES
    const frame = this.#bytes.subarray(this.#start, this.#end)
    this.#start = this.#end
    return frame
  }

  /** Begins a fresh piece of memory; everything must have been taken. */
  renew(): void {
    this.#bytes = new Uint8Array(SLAB_BYTES)
    this.#words = new Int32Array(this.#bytes.buffer)
    this.#start = 0
    this.#end = 0
  }
}

/**
 * Calls `deliver` for each packet of a message of one or two frames, all of which must come from `source` of `job`.
 * Returns what is wrong with the message, or undefined. Packets before the wrong one have been delivered.
 */
export function unpack(
  first: Uint8Array,
  second: Uint8Array | undefined,
  source: number,
  job: number,
  header: Header,
  body: Body,
  deliver: (header: Header, body: Body) => void,
): string | undefined {
  const words = wordsOf(first)
  const end = first.byteLength - TRAILER_BYTES
  let at = 0
  do {
    if (at + HEADER_BYTES > end) return `a frame of ${first.byteLength} bytes ends within a header`
    const wrong = readHeader(words, at >> 2, header)
    if (wrong !== undefined) return wrong
    if (header.job !== job) return `a packet of job ${header.job}, this is job ${job}`
    if (header.source !== source) return `a packet that claims to come from rank ${header.source}`
    at += HEADER_BYTES
    const length = header.kind === Kind.announce ? 0 : header.bytes
    if (second !== undefined) {
      if (end !== HEADER_BYTES) return `a header of ${first.byteLength} bytes`
      if (second.byteLength !== length) return `a body of ${second.byteLength} bytes, its header says ${length}`
      body.bytes = second
      body.offset = 0
      body.owned = length > SMALL_BYTES && second.byteOffset % 8 === 0
    } else {
      if (length > end - at) return `a body of ${length} bytes in ${end - at}`
      body.bytes = first
      body.offset = at
      body.owned = false
      at += padded(length)
    }
    deliver(header, body)
  } while (at < end)
  return undefined
}

/** What a sound first frame acknowledges. */
export function acknowledgement(frame: Buffer): number {
  return frame.readInt32LE(frame.byteLength - TRAILER_BYTES)
}

/** Below 2^31. */
function padded(bytes: number): number {
  return (bytes + 7) & ~7
}

function wordsOf(frame: Uint8Array): Int32Array {
  // A Buffer’s own `slice` would not copy.
  const aligned = frame.byteOffset % 4 === 0 ? frame : new Uint8Array(frame)
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2)
}
