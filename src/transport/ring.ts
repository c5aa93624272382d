/**
 * A single-producer single-consumer queue of packets in memory that two processes share. Pure: no system calls, no
 * waiting; whoever owns it polls.
 *
 * The first line (64 bytes) holds the consumer's position, the second whether the producer waits for room. Records
 * follow, each a whole number of lines and never cut by the end. The first word of a record is zero until the record is
 * whole, so the consumer watches a single line, the one that holds a small packet entirely:
 *
 *   short   kind, type, flags, bytes | sequence | context | tag | id | credit | signature | slots | body of ≤ 88 bytes
 *   full    the 16 words of wire/header, then the body
 *   wrap    the next record is at the start
 *
 * The producer clears the first word after a record before it publishes that record. Nothing read from shared memory is
 * trusted: what cannot be is a fault, and no access leaves the ring.
 */
import type { Body } from '../wire/body.ts'
import { byteLengthOf } from '../wire/element-type.ts'
import {
  bodyBytes,
  HEADER_BYTES,
  Kind,
  LAST_KIND,
  leadingWord,
  readHeader,
  writeTrailingWords,
} from '../wire/header.ts'
import type { Header } from '../wire/header.ts'
import { memoryOf, type Memory } from '../wire/memory.ts'
import { Destination } from './destination.ts'

const LINE = 64
const START = 2 * LINE
const HEAD_WORD = 0
const WAITING_WORD = LINE / 4
const SHORT_HEADER = 32
/** Its length is the highest byte of the first word, and less than that byte of a full record, a part of the magic number. */
const SHORT_BODY = 88
const WRAP = 0x7fff_ffff

/** The largest body for a ring of this many bytes: a drained ring has room for it wherever its ends stand. */
export function largestBody(ringBytes: number): number {
  return Math.floor((ringBytes - START) / 4 / LINE) * LINE - 2 * LINE
}

function wholeLines(bytes: number): number {
  return (bytes + (LINE - 1)) & -LINE
}

/** The memory of one ring, seen as words and bytes. Zero before first use. */
export class RingMemory {
  readonly words: Int32Array
  readonly bytes: Uint8Array
  /** For the writer of bodies. */
  readonly destination: Destination
  /** For readers of bodies. */
  readonly views: Memory
  /** Where the last record must end. */
  readonly end: number
  readonly largestBody: number

  constructor(buffer: ArrayBuffer, destination = new Destination(buffer)) {
    this.words = new Int32Array(buffer)
    this.bytes = new Uint8Array(buffer)
    this.destination = destination
    this.views = memoryOf(Buffer.from(buffer))
    this.end = buffer.byteLength & -LINE
    this.largestBody = largestBody(buffer.byteLength)
    if (this.largestBody < LINE) throw new RangeError(`a ring of ${buffer.byteLength} bytes is too small`)
  }
}

export class RingWriter {
  readonly #memory: RingMemory
  readonly #words: Int32Array
  readonly #destination: Destination
  /** Of the next record, whose first word is zero. */
  #at = START
  /** The consumer's position when last looked at: from there to `#at` records may be unread. */
  #head = START
  /** Where the word after a record at `#at`, as long as the one before it, is zero already; 0 when nowhere. */
  #cleared = 0

  constructor(memory: RingMemory) {
    this.#memory = memory
    this.#words = memory.words
    this.#destination = memory.destination
  }

  /** Puts a packet into the ring. False when there is no room now. */
  write(header: Header, body: ArrayBufferView | undefined): boolean {
    const bytes = body === undefined ? 0 : byteLengthOf(body)
    if (bytes !== bodyBytes(header)) throw new RangeError(`header says ${header.bytes} bytes, body has ${bytes}`)
    if (bytes > this.#memory.largestBody) throw new RangeError(`a body of ${bytes} bytes is too large for this ring`)
    const short = bytes <= SHORT_BODY && header.peerId === 0 && header.offset === 0 && header.kind !== Kind.announce
    const length = wholeLines((short ? SHORT_HEADER : HEADER_BYTES) + bytes)
    const at = this.#place(length)
    if (at === 0) return false

    const words = this.#words
    const word = at >> 2
    if (at + length !== this.#cleared) words[(at + length) >> 2] = 0
    let first
    if (short) {
      first = header.kind | (header.type << 8) | (header.flags << 16) | (bytes << 24)
      words[word + 1] = header.sequence
      words[word + 2] = header.context
      words[word + 3] = header.tag
      words[word + 4] = header.id
      words[word + 5] = header.credit
      words[word + 6] = header.signature
      words[word + 7] = header.slots
      if (body !== undefined) this.#destination.put(body, at + SHORT_HEADER)
    } else {
      first = leadingWord(header)
      writeTrailingWords(header, words, word)
      if (body !== undefined) this.#destination.put(body, at + HEADER_BYTES)
    }
    if (at === this.#at) Atomics.store(words, word, first)
    else {
      words[word] = first
      Atomics.store(words, this.#at >> 2, WRAP)
    }
    this.#at = at + length
    this.#clearAhead(length)
    return true
  }

  /** Asks the consumer to say when it has made room. Then try once more before sleeping: it may just have done so. */
  wait(): void {
    Atomics.store(this.#words, WAITING_WORD, 1)
  }

  /**
   * Clears the word after the next record now, if that is as long as this one: its line comes from the consumer's cache,
   * which otherwise the next packet would wait for.
   */
  #clearAhead(length: number): void {
    const after = this.#at + length
    const limit = this.#at < this.#head ? this.#head : this.#memory.end
    if (after + LINE > limit) {
      this.#cleared = 0
      return
    }
    this.#words[after >> 2] = 0
    this.#cleared = after
  }

  /** Where a record of `length` bytes can go, followed by the first word of the next: 0 when nowhere. */
  #place(length: number): number {
    const place = this.#placeBefore(length, this.#head)
    if (place !== 0) return place
    const head = Atomics.load(this.#words, HEAD_WORD) + START
    if (head % LINE !== 0 || head < START || head >= this.#memory.end) return 0
    this.#head = head
    return this.#placeBefore(length, head)
  }

  #placeBefore(length: number, head: number): number {
    const at = this.#at
    const needed = length + LINE
    if (at < head) return at + needed <= head ? at : 0
    if (at + needed <= this.#memory.end) return at
    return START + needed <= head ? START : 0
  }
}

export class RingReader {
  readonly #memory: RingMemory
  readonly #words: Int32Array
  readonly #source: number
  readonly #job: number
  /** Of the next record; everything before it may be overwritten once published. */
  #at = START
  #published = START
  /** What is wrong with the ring: `read` will never yield anything again. */
  fault: string | undefined
  /** The producer waits and there is more room now: wake it, then reset this. */
  roomWanted = false

  /** `source` and `job` are what every packet must come from. */
  constructor(memory: RingMemory, source: number, job: number) {
    this.#memory = memory
    this.#words = memory.words
    this.#source = source
    this.#job = job
  }

  /**
   * Takes the next packet, if there is one. Its body stays valid until the next call. When this returns false, `fault`
   * tells whether the ring is empty or broken.
   */
  read(header: Header, body: Body): boolean {
    const words = this.#words
    let at = this.#at
    if (at !== this.#published) this.#release(at)
    let first = Atomics.load(words, at >> 2)
    if (first === 0 || this.fault !== undefined) return false
    if (first === WRAP) {
      if (at === START) return this.#fail('wrap at the start')
      at = START
      first = Atomics.load(words, at >> 2)
    }
    const word = at >> 2
    let bytes
    let length = LINE
    if (first >>> 24 <= SHORT_BODY) {
      bytes = first >>> 24
      header.kind = first & 255
      if (header.kind === 0 || header.kind > LAST_KIND) return this.#fail(`unknown packet kind ${header.kind}`)
      header.type = (first >>> 8) & 255
      header.flags = (first >>> 16) & 255
      header.job = this.#job
      header.source = this.#source
      header.sequence = (words[word + 1] as number) >>> 0
      header.context = (words[word + 2] as number) >>> 0
      header.tag = words[word + 3] as number
      header.id = (words[word + 4] as number) >>> 0
      header.credit = (words[word + 5] as number) >>> 0
      header.signature = (words[word + 6] as number) >>> 0
      header.slots = (words[word + 7] as number) >>> 0
      header.peerId = 0
      header.offset = 0
      header.bytes = bytes
      body.offset = at + SHORT_HEADER
      length = wholeLines(SHORT_HEADER + bytes)
      if (header.tag < 0) return this.#fail(`tag ${header.tag} out of range`)
    } else {
      const wrong = readHeader(words, word, header)
      if (wrong !== undefined) return this.#fail(wrong)
      if (header.job !== this.#job || header.source !== this.#source)
        return this.#fail(`packet of rank ${header.source} of job ${header.job}`)
      bytes = bodyBytes(header)
      if (bytes > this.#memory.largestBody) return this.#fail(`body of ${bytes} bytes`)
      length = HEADER_BYTES + wholeLines(bytes)
      body.offset = at + HEADER_BYTES
    }
    if (at + length + LINE > this.#memory.end) return this.#fail('record beyond the end')
    body.bytes = this.#memory.bytes
    body.memory = this.#memory.views
    body.owned = false
    this.#at = at + length
    return true
  }

  /** Tells the producer how far it may write, in steps large enough to leave its line alone mostly. */
  #release(at: number): void {
    const memory = this.#memory
    const span = memory.end - START
    if ((at - this.#published + span) % span < span >> 3) return
    this.#published = at
    Atomics.store(this.#words, HEAD_WORD, at - START)
    if (Atomics.load(this.#words, WAITING_WORD) !== 0) {
      Atomics.store(this.#words, WAITING_WORD, 0)
      this.roomWanted = true
    }
  }

  #fail(reason: string): false {
    this.fault = reason
    return false
  }
}
