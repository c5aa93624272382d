/**
 * Values to bytes and back. Typed arrays, Buffers, ArrayBuffers and DataViews pass as they are; a number is its eight
 * bytes; a tree is written by wire/tree-encoder; any other value becomes a table (wire/flatten) in MessagePack, which
 * only this file knows.
 *
 * A value arrives equal to what was sent or `encode` throws, before anything is sent. Each message can be decoded by
 * itself, in any order. Bytes of any origin decode to plain data or to an `ERR_PROTOCOL`.
 */
import { createRequire } from 'node:module'
import type { Packr, Unpackr } from 'msgpackr'
import { MpiError } from '../errors.ts'
import { bodyOf, type Body } from './body.ts'
import { byteLengthOf } from './element-type.ts'
import { flatten } from './flatten.ts'
import { inflate } from './inflate.ts'
import { memoryOf, type Memory } from './memory.ts'
import { Parts, partsHead } from './parts.ts'
import { Code, isRaw, rawCodeOf, take } from './payload.ts'
import { KEPT_BYTES, padded } from './tree.ts'
import { TreeDecoder } from './tree-decoder.ts'
import { TreeEncoder } from './tree-encoder.ts'

/** What a value has become. Reused by the next `encode`. */
export interface Encoded {
  /** Its code, see wire/payload. */
  type: number
  bytes: number
  /** Those bytes, or the first of them if there is a `rest`, until the next `encode` unless `isLasting`. */
  body: ArrayBufferView
  /** What follows the body of a message in parts, piece by piece: the caller's memory, to be copied before it changes. */
  readonly rest: readonly Uint8Array[]
  /** True for the caller's own memory, and for memory that nobody else writes to. */
  isLasting: boolean
}

/** A value as it would arrive, and the bytes of which it can be made again, to which nobody else writes. */
export interface Packed {
  readonly type: number
  readonly bytes: Uint8Array
  readonly value: unknown
}

/** Packets are smaller: what is larger lies in memory that was made for it. */
const PACKET_BYTES = 1 << 20
const FIRST_BYTES = 65_536
/** What MessagePack's packer starts with. */
const PACKER_BYTES = 8192
/** Up to here a loop is quicker than a call to copy memory. */
const SMALL_BYTES = 48

const NO_REST: readonly Uint8Array[] = Object.freeze([])

const OPTIONS = { structuredClone: false, moreTypes: true, useToJSON: false, copyBuffers: true, useRecords: false }

interface MessagePack {
  readonly packer: Packr
  readonly reader: Unpackr
}

/**
 * Opens the build of the package that neither loads native code nor makes functions of the keys that it reads. Ranks
 * that exchange trees only never get here: it takes milliseconds.
 */
function openMessagePack(): MessagePack {
  const library = createRequire(import.meta.url)('msgpackr/index-no-eval') as typeof import('msgpackr')
  return { packer: new library.Packr(OPTIONS), reader: new library.Unpackr(OPTIONS) }
}

/** Both directions; one for a process. */
export class Codec {
  #messagePack: MessagePack | undefined
  #encoder: TreeEncoder | undefined
  #decoder: TreeDecoder | undefined
  #incoming = memoryOf(Buffer.allocUnsafeSlow(FIRST_BYTES))
  readonly #number = new Float64Array(1)
  readonly #numberBytes = new Uint8Array(this.#number.buffer)
  readonly #encoded: Encoded = { type: 0, bytes: 0, body: this.#numberBytes, rest: NO_REST, isLasting: false }

  /**
   * The bytes of a value. Throws a `TypeError` that names the path of what no message carries (functions, symbols,
   * instances of classes), a `RangeError` for a value nested too deep, or whatever the value's own getters throw.
   *
   * @param limit bytes; a larger tree may be in parts (wire/parts). @default none is
   */
  encode(value: unknown, limit = Infinity): Encoded {
    if (typeof value === 'number') {
      this.#number[0] = value
      return this.#result(Code.number, this.#numberBytes, false)
    }
    if (typeof value === 'object' && value !== null) {
      const raw = rawCodeOf(value)
      if (raw !== undefined) {
        const body = raw === Code.ArrayBuffer ? new Uint8Array(value as ArrayBuffer) : (value as ArrayBufferView)
        return this.#result(raw, body, true)
      }
    }
    // A getter of the value may encode another one meanwhile, or throw.
    const encoder = this.#encoder ?? new TreeEncoder()
    this.#encoder = undefined
    const tree = encoder.encode(value, limit)
    this.#encoder = encoder
    if (tree !== undefined) {
      const outside = encoder.takeOutside()
      if (outside.length > 0) return inParts(tree, outside)
      return this.#result(Code.tree, tree, tree.length > KEPT_BYTES)
    }
    this.#messagePack ??= openMessagePack()
    const { packer } = this.#messagePack
    const graph = packer.pack(flatten(value))
    // It would go on with memory of that size.
    if (graph.length > FIRST_BYTES) packer.useBuffer(Buffer.allocUnsafeSlow(PACKER_BYTES))
    return this.#result(Code.graph, graph, true)
  }

  /**
   * The value whose `length` bytes start at `bytes[offset]`, in memory of its own. For the codes that `isRaw` denies.
   * Throws `ERR_PROTOCOL` when no `encode` made these bytes.
   *
   * @param memory views of `bytes`, if there are such: then nothing is copied that is small
   */
  decode(
    code: number,
    bytes: Uint8Array,
    offset = 0,
    length: number = bytes.length - offset,
    memory?: Memory,
  ): unknown {
    try {
      return this.#decode(code, bytes, offset, length, memory)
    } catch (cause) {
      throw undecodable(length, cause)
    }
  }

  /** The value of a message in parts, whose memory it takes. Throws `ERR_PROTOCOL` when no `encode` made it. */
  join(parts: Parts): unknown {
    try {
      return this.#join(parts)
    } catch (cause) {
      throw undecodable(parts.bytes, cause)
    }
  }

  /** A value's bytes in memory of their own. Throws as `encode` does. */
  pack(value: unknown): Packed {
    const { type, bytes: length, body } = this.encode(value)
    if (!isRaw(type)) {
      const bytes = bodyOf(body).bytes.slice()
      return { type, bytes, value: this.decode(type, bytes) }
    }
    const copy = take(type, bodyOf(body), length)
    return { type, bytes: copy instanceof ArrayBuffer ? new Uint8Array(copy) : bodyOf(copy).bytes, value: copy }
  }

  /** The value of any type whose `length` bytes are the first of a body. Throws `ERR_PROTOCOL` as `decode` does. */
  unpack(type: number, body: Body, length: number): unknown {
    return isRaw(type) ? take(type, body, length) : this.decode(type, body.bytes, body.offset, length, body.memory)
  }

  #decode(code: number, bytes: Uint8Array, offset: number, length: number, memory: Memory | undefined): unknown {
    if (code === Code.number) {
      if (length !== 8) throw new Error('a number has 8 bytes')
      for (let i = 0; i < 8; i++) this.#numberBytes[i] = bytes[offset + i] as number
      return this.#number[0]
    }
    if (code === Code.tree) {
      this.#decoder ??= new TreeDecoder()
      if (memory !== undefined && offset % 8 === 0) return this.#decoder.decode(memory, offset, length)
      return this.#decoder.decode(this.#memory(bytes, offset, length), 0, length)
    }
    if (code === Code.parts) {
      const parts = new Parts(length)
      parts.add(bytes.subarray(offset, offset + length))
      return this.#join(parts)
    }
    if (code !== Code.graph) throw new Error(`unknown type ${code}`)
    this.#messagePack ??= openMessagePack()
    return inflate(this.#messagePack.reader.unpack(this.#memory(bytes, offset, length).bytes, length))
  }

  /** The bytes from 0 on, aligned: of what may be a packet in shared memory, which others may change meanwhile, a copy. */
  #memory(bytes: Uint8Array, offset: number, length: number): Memory {
    const start = bytes.byteOffset + offset
    if (length > PACKET_BYTES)
      return memoryOf(
        start % 8 === 0 ? Buffer.from(bytes.buffer, start, length) : Buffer.copyBytesFrom(bytes, offset, length),
      )
    if (length > this.#incoming.bytes.length) this.#incoming = memoryOf(Buffer.allocUnsafeSlow(padded(length)))
    const target = this.#incoming.bytes
    if (length <= SMALL_BYTES) for (let i = 0; i < length; i++) target[i] = bytes[offset + i] as number
    else target.set(bytes.subarray(offset, offset + length))
    return this.#incoming
  }

  #join({ content: { memory, treeAt, parts } }: Parts): unknown {
    this.#decoder ??= new TreeDecoder()
    return this.#decoder.decode(memory, treeAt, memory.bytes.length - treeAt, parts)
  }

  #result(type: number, body: ArrayBufferView, isLasting: boolean): Encoded {
    const encoded = this.#encoded
    encoded.type = type
    encoded.bytes = byteLengthOf(body)
    encoded.body = body
    encoded.isLasting = isLasting
    return encoded
  }
}

/** Not reused: it would keep the caller's memory. */
function inParts(tree: Uint8Array, outside: readonly Uint8Array[]): Encoded {
  const body = partsHead(tree.length, outside)
  const rest = [tree, ...outside]
  const bytes = rest.reduce((sum, { length }) => sum + length, body.byteLength)
  return { type: Code.parts, bytes, body, rest, isLasting: false }
}

function undecodable(bytes: number, cause: unknown): MpiError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new MpiError('ERR_PROTOCOL', `a message of ${bytes} bytes cannot be decoded: ${reason}`, { cause })
}
