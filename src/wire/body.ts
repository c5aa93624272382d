/**
 * The bytes of a delivered packet: `header.bytes` of them from `bytes[offset]` on (for `announce`, none).
 * Valid only during the call, unless `owned`: then `bytes` is fresh memory, aligned to 8, that the receiver may keep.
 */
export interface Body {
  bytes: Uint8Array
  offset: number
  owned: boolean
  /** The same memory as 8-byte words where the transport has such a view: `bytes[offset]` is `doubles[offset / 8]`. */
  doubles: Float64Array | undefined
}
