/**
 * Values to bytes and back: the only file that knows MessagePack. Typed arrays, Buffers, ArrayBuffers and DataViews pass
 * as they are; a number is its eight bytes; any other value is serialised in the form that wire/plain finds for it.
 *
 * A value arrives equal to what was sent or `encode` throws, before anything is sent. Each message can be decoded by
 * itself, in any order. Bytes of any origin decode to plain data or to an `ERR_PROTOCOL`.
 */
import { createRequire } from 'node:module'
import type { Packr, Unpackr } from 'msgpackr'
import { MpiError } from '../errors.ts'
import { flatten } from './flatten.ts'
import { inflate } from './inflate.ts'
import { Code, rawCodeOf } from './payload.ts'
import { formOf, isTreeData } from './plain.ts'

/** What a value has become. Reused by the next `encode`. */
export interface Encoded {
  /** Its code, see wire/payload. */
  type: number
  bytes: number
  /** Exactly those bytes. The caller's own memory when `borrowed`; else valid until the next `encode` if small. */
  body: ArrayBufferView
  borrowed: boolean
}

/** Encoded objects up to this size share one piece of memory; larger ones have their own. */
export const SLAB_BYTES = 65_536
/** Packets are smaller: what is larger lies in memory that was made for it. */
const PACKET_BYTES = 1 << 20
/** Views of the slab that are kept, one for each length. */
const KEPT_VIEWS = 1024
/** Up to here a loop is quicker than a call to copy memory. */
const SMALL_BYTES = 48
/** What MessagePack's packer starts with. */
const PACKER_BYTES = 8192

const OPTIONS = {
  structuredClone: false,
  moreTypes: true,
  useToJSON: false,
  mapsAsObjects: true,
  copyBuffers: true,
  writeFunction: (): never => {
    throw new TypeError('the value changed into a function while it was being sent')
  },
}

interface MessagePack {
  readonly tree: { readonly packer: Packr; readonly reader: Unpackr }
  readonly records: { readonly packer: Packr; readonly reader: Unpackr }
  /** The packer returns its own memory and will write there again. */
  readonly mode: number
}

/**
 * Opens the build of the package that neither loads native code nor makes functions of the keys that it reads. Ranks
 * that exchange typed arrays only never get here: it takes milliseconds.
 */
function openMessagePack(): MessagePack {
  const library = createRequire(import.meta.url)('msgpackr/index-no-eval') as typeof import('msgpackr')
  const both = (useRecords: boolean): MessagePack['tree'] => ({
    packer: new library.Packr({ ...OPTIONS, useRecords }),
    reader: new library.Unpackr({ ...OPTIONS, useRecords }),
  })
  return { tree: both(false), records: both(true), mode: library.REUSE_BUFFER_MODE | library.RESET_BUFFER_MODE }
}

/** Both directions; one for a process. */
export class Codec {
  #messagePack: MessagePack | undefined
  readonly #outgoing = Buffer.allocUnsafeSlow(SLAB_BYTES)
  readonly #incoming = Buffer.allocUnsafeSlow(SLAB_BYTES)
  readonly #views: (Uint8Array | undefined)[] = []
  readonly #number = new Float64Array(1)
  readonly #numberBytes = new Uint8Array(this.#number.buffer)
  readonly #encoded: Encoded = { type: 0, bytes: 0, body: this.#numberBytes, borrowed: false }

  /**
   * The bytes of a value. Throws a `TypeError` that names the path of what no message carries (functions, symbols,
   * instances of classes), a `RangeError` for a value nested too deep, or whatever the value's own getters throw.
   */
  encode(value: unknown): Encoded {
    if (typeof value === 'number') {
      this.#number[0] = value
      return this.#result(Code.number, 8, this.#numberBytes, false)
    }
    if (typeof value === 'object' && value !== null) {
      const raw = rawCodeOf(value)
      if (raw !== undefined) {
        const body = raw === Code.ArrayBuffer ? new Uint8Array(value as ArrayBuffer) : (value as ArrayBufferView)
        return this.#result(raw, body.byteLength, body, true)
      }
    }
    const form = formOf(value)
    if (form === 'graph') return this.#pack(Code.graph, flatten(value))
    return this.#pack(form === 'tree' ? Code.tree : Code.records, value)
  }

  /**
   * The value whose `length` bytes start at `bytes[offset]`, in memory of its own. For the codes that `isRaw` denies.
   * Throws `ERR_PROTOCOL` when no `encode` made these bytes.
   */
  decode(code: number, bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): unknown {
    try {
      return this.#decode(code, bytes, offset, length)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new MpiError('ERR_PROTOCOL', `a message of ${length} bytes cannot be decoded: ${reason}`, { cause })
    }
  }

  #decode(code: number, bytes: Uint8Array, offset: number, length: number): unknown {
    if (code === Code.number) {
      if (length !== 8) throw new Error('a number has 8 bytes')
      for (let i = 0; i < 8; i++) this.#numberBytes[i] = bytes[offset + i] as number
      return this.#number[0]
    }
    if (code !== Code.tree && code !== Code.records && code !== Code.graph) throw new Error(`unknown type ${code}`)
    const source = this.#source(bytes, offset, length)
    const { tree, records } = (this.#messagePack ??= openMessagePack())
    const value: unknown = (code === Code.records ? records : tree).reader.unpack(source, length)
    if (code === Code.graph) return inflate(value)
    if (!isTreeData(value)) throw new Error('it holds what no message carries')
    return value
  }

  /** The bytes from 0 on: of what may be a packet in shared memory, which others may change meanwhile, a copy. */
  #source(bytes: Uint8Array, offset: number, length: number): Buffer {
    if (length > PACKET_BYTES) return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length)
    if (length > SLAB_BYTES) return Buffer.copyBytesFrom(bytes, offset, length)
    const source = this.#incoming
    if (length <= SMALL_BYTES) for (let i = 0; i < length; i++) source[i] = bytes[offset + i] as number
    else source.set(bytes.subarray(offset, offset + length))
    return source
  }

  /** Small results are copied out of the packer's memory; for a large one the packer gets new memory. */
  #pack(code: number, value: unknown): Encoded {
    const { tree, records, mode } = (this.#messagePack ??= openMessagePack())
    const { packer } = code === Code.records ? records : tree
    // What its types do not tell: in this mode it returns all of its memory, with the ends of the result beside it.
    const packed = packer.pack(value, mode) as Buffer & { readonly start: number; readonly end: number }
    const { start, end } = packed
    const bytes = end - start
    if (bytes > SLAB_BYTES) {
      packer.useBuffer(Buffer.allocUnsafeSlow(PACKER_BYTES))
      return this.#result(code, bytes, packed.subarray(start, end), false)
    }
    const slab = this.#outgoing
    if (bytes <= SMALL_BYTES) for (let i = 0; i < bytes; i++) slab[i] = packed[start + i] as number
    else packed.copy(slab, 0, start, end)
    return this.#result(code, bytes, this.#view(bytes), false)
  }

  #view(bytes: number): Uint8Array {
    if (bytes >= KEPT_VIEWS) return this.#outgoing.subarray(0, bytes)
    return (this.#views[bytes] ??= this.#outgoing.subarray(0, bytes))
  }

  #result(type: number, bytes: number, body: ArrayBufferView, borrowed: boolean): Encoded {
    const encoded = this.#encoded
    encoded.type = type
    encoded.bytes = bytes
    encoded.body = body
    encoded.borrowed = borrowed
    return encoded
  }
}
