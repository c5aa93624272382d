/**
 * The header that precedes every packet: 64 bytes, sixteen little-endian 32-bit words.
 *
 *   0 magic, version, kind   4 context     8 peerId     12 offset, low
 *   1 job                    5 tag         9 credit     13 offset, high
 *   2 source                 6 type,flags 10 bytes low  14 signature
 *   3 sequence               7 id         11 bytes high 15 slots
 *
 * Knows numbers only: what a kind means is told beside it, who acts on it is p2p's business.
 */

export const HEADER_BYTES = 64
export const HEADER_WORDS = HEADER_BYTES / 4
const MAGIC = 0x5a4d // "ZM"
export const PROTOCOL_VERSION = 4

export const Kind = Object.freeze({
  /** A whole message: envelope and payload. */
  eager: 1,
  /** The envelope of a message whose payload waits at the sender as operation `id`. */
  announce: 2,
  /**
   * Receiver to sender: operation `peerId` is matched, send its payload to my operation `id`. Where `offset` is not 0,
   * it is the address at which the payload may be written into my memory.
   */
  grant: 3,
  /** Sender to receiver: the payload for your operation `peerId` can be read at address `offset` of my memory. */
  expose: 4,
  /**
   * Sender to receiver: `bytes` of the payload for your operation `peerId`, to be put at `offset`. With `peerId` 0 the
   * whole payload of my operation `id`, for which you have not asked: it takes credit as an eager one does.
   */
  data: 5,
  /** Receiver to sender: your operation `peerId` is complete (rendezvous received, or synchronous eager matched). */
  done: 6,
  /** Receiver to sender: `credit` bytes and `slots` messages may be sent again. Every packet carries these fields. */
  credit: 7,
  /** Sender to receiver at the end: say when you have taken all that I sent. */
  flush: 8,
  /** The answer to flush. */
  flushed: 9,
  /** Receiver to sender: nobody will ever receive your operation `peerId`, since this rank has ended. */
  refuse: 10,
  /** Wakes a sleeping peer; for transports' own use, never delivered. */
  wake: 11,
  /** First packet of a connection; for transports' own use, never delivered. */
  hello: 12,
  /** Between members of a communicator: the ranks disagree on collective number `tag`; the body says in words how. */
  mismatch: 13,
  /** Sender to receiver: the payload for your operation `peerId` stands in your memory from `offset` on. */
  pushed: 14,
} as const)
export type Kind = (typeof Kind)[keyof typeof Kind]
/** The largest kind. */
export const LAST_KIND = 14

/** Flag: the sender wants `done` as soon as the message is matched. */
export const FLAG_SYNCHRONOUS = 1
/** Flag of a grant: your memory cannot be read from here, send the payload in packets. */
export const FLAG_IN_PACKETS = 2
/** Flag of a refusal: the communicator was freed here, the rank goes on. */
export const FLAG_FREED = 16
/** Flag of a mismatch: what I have called, since you asked. Without flag: the same as a question. */
export const FLAG_ANSWER = 4
/** Flag of a mismatch: the whole story, for those who only wait. */
export const FLAG_NOTICE = 8

/**
 * A field that has held it is one of doubles. Else V8 takes it for one of small integers, until the first address stands
 * in it: then all that was compiled for headers, which is the whole path of a message, is thrown away.
 */
const BEYOND_INTEGERS = 2 ** 48

/** A header as plain numbers. Mutable and reused: whoever wants to keep it copies the fields. */
export class Header {
  kind: number = 0
  job: number = 0
  /** World rank of the sender. */
  source: number = 0
  /** Number of this packet among all from this sender to this receiver, modulo 2^32, from 0. */
  sequence: number = 0
  context: number = 0
  tag: number = 0
  /** Code of the payload's type, see wire/payload. */
  type: number = 0
  flags: number = 0
  id: number = 0
  peerId: number = 0
  /** Eager credit returned, in bytes. */
  credit: number = 0
  /** Announce: bytes of the whole payload. Otherwise: bytes of the body that follows. */
  bytes: number = 0
  offset: number = BEYOND_INTEGERS
  /** Of collective traffic: what the sender thinks this collective is. 0 for point to point. */
  signature: number = 0
  /** Message slots returned. */
  slots: number = 0

  constructor() {
    this.offset = 0
  }
}

/** Bytes of the body that follows this header. */
export function bodyBytes(header: Header): number {
  return header.kind === Kind.announce ? 0 : header.bytes
}

/** Writes a header into 16 words at word index `at`. */
export function writeHeader(header: Header, words: Int32Array, at: number): void {
  words[at] = leadingWord(header)
  writeTrailingWords(header, words, at)
}

/** The first word, never zero: in shared memory it is stored last, as the sign that the packet is whole. */
export function leadingWord(header: Header): number {
  return (MAGIC << 16) | (PROTOCOL_VERSION << 8) | header.kind
}

/** Writes all words but the first. */
export function writeTrailingWords(header: Header, words: Int32Array, at: number): void {
  words[at + 1] = header.job
  words[at + 2] = header.source
  words[at + 3] = header.sequence
  words[at + 4] = header.context
  words[at + 5] = header.tag
  words[at + 6] = header.type | (header.flags << 8)
  words[at + 7] = header.id
  words[at + 8] = header.peerId
  words[at + 9] = header.credit
  words[at + 10] = header.bytes
  words[at + 11] = header.bytes / 0x1_0000_0000
  words[at + 12] = header.offset
  words[at + 13] = header.offset / 0x1_0000_0000
  words[at + 14] = header.signature
  words[at + 15] = header.slots
}

/** Reads 16 words at word index `at`. Returns what is wrong with them, or undefined when the header is sound. */
export function readHeader(words: Int32Array, at: number, header: Header): string | undefined {
  const first = words[at] as number
  if (first >>> 16 !== MAGIC) return `bad magic 0x${(first >>> 16).toString(16)}`
  if (((first >>> 8) & 255) !== PROTOCOL_VERSION)
    return `protocol version ${(first >>> 8) & 255}, this side speaks ${PROTOCOL_VERSION}`
  header.kind = first & 255
  if (header.kind === 0 || header.kind > LAST_KIND) return `unknown packet kind ${header.kind}`
  header.job = words[at + 1] as number
  header.source = words[at + 2] as number
  header.sequence = (words[at + 3] as number) >>> 0
  header.context = (words[at + 4] as number) >>> 0
  header.tag = words[at + 5] as number
  const type = words[at + 6] as number
  header.type = type & 255
  header.flags = type >>> 8
  header.id = (words[at + 7] as number) >>> 0
  header.peerId = (words[at + 8] as number) >>> 0
  header.credit = (words[at + 9] as number) >>> 0
  const bytesHigh = (words[at + 11] as number) >>> 0
  header.bytes = ((words[at + 10] as number) >>> 0) + (bytesHigh === 0 ? 0 : bytesHigh * 0x1_0000_0000)
  const offsetLow = words[at + 12] as number
  const offsetHigh = (words[at + 13] as number) >>> 0
  // One way for all: when the first address comes, this is compiled, and `>>> 0` for numbers that have 31 bits.
  header.offset = (offsetLow & 0x7fff_ffff) + (offsetLow >>> 31) * 0x8000_0000 + offsetHigh * 0x1_0000_0000
  header.signature = (words[at + 14] as number) >>> 0
  header.slots = (words[at + 15] as number) >>> 0
  if (header.tag < 0) return `tag ${header.tag} out of range`
  if (bytesHigh > 0x1f_ffff || offsetHigh > 0x1f_ffff) return 'length or offset beyond 2^53'
  return undefined
}
