/**
 * The bytes of a delivered packet: `header.bytes` of them from `bytes[offset]` on (for `announce`, none).
 * Valid only during the call, unless `owned`: then `bytes` is fresh memory, aligned to 8, that the receiver may keep.
 */
import type { Memory } from './memory.ts'

export interface Body {
  bytes: Uint8Array
  offset: number
  owned: boolean
  /** The same memory with views of its words where the transport has such: `bytes[offset]` is `memory.bytes[offset]`. */
  memory: Memory | undefined
}

/** Memory of this process as a body: only borrowed. */
export function bodyOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Body {
  return { bytes: new Uint8Array(buffer, byteOffset, byteLength), offset: 0, owned: false, memory: undefined }
}

/** Memory from `allocate` as a body: the value may be made of it without a copy. */
export function ownedBody(bytes: Uint8Array): Body {
  return { bytes, offset: 0, owned: true, memory: undefined }
}
