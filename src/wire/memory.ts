/** Memory with views of its words: `doubles` and `words` begin where `bytes` does. */
export interface Memory {
  readonly bytes: Buffer
  readonly doubles: Float64Array
  readonly words: Int32Array
}

/** Views of a buffer that is aligned to 8 bytes. */
export function memoryOf(bytes: Buffer): Memory {
  const { buffer, byteOffset, length } = bytes
  const words = Math.floor(length / 8)
  return {
    bytes,
    doubles: new Float64Array(buffer, byteOffset, words),
    words: new Int32Array(buffer, byteOffset, 2 * words),
  }
}
