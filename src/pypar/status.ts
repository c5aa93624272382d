/** PyPar's status object: what `receive(…, { returnStatus: true })` tells besides the value. */
import { isTypedArray } from '../wire/element-type.ts'
import type { Status as MessageStatus } from '../p2p/status.ts'
import { isNDArray } from './ndarray.ts'

export class Status {
  readonly source: number
  readonly tag: number
  /** Always 0: an error is thrown. */
  readonly error = 0
  /** Elements of an array; bytes (UTF-8) of a string; bytes on the wire of anything else. */
  readonly length: number
  /** Bytes of an element; 1 for strings and objects. */
  readonly size: number

  constructor(source: number, tag: number, length: number, size: number) {
    this.source = source
    this.tag = tag
    this.length = length
    this.size = size
  }

  /** Length of the message in bytes. */
  bytes(): number {
    return this.length * this.size
  }
}

/** PyPar's view of a message whose value is at hand. */
export function statusOf(message: MessageStatus, value: unknown): Status {
  const { source, tag } = message
  if (isTypedArray(value)) return new Status(source, tag, value.length, value.BYTES_PER_ELEMENT)
  if (isNDArray(value)) return new Status(source, tag, value.data.length, value.data.BYTES_PER_ELEMENT)
  if (typeof value === 'string') return new Status(source, tag, Buffer.byteLength(value), 1)
  return new Status(source, tag, message.bytes, 1)
}
