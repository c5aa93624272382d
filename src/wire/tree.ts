/**
 * The form of a value in which every object occurs once (a tree): made for speed by wire/tree-encoder, read by
 * wire/tree-decoder. In a message of this form lie, one behind the other,
 *
 *   two words     [number of words of the tree and of these two, number of chunks]  [byte at which the text begins]
 *   the tree      a word of 8 bytes for each value, depth first
 *   the chunks    a word for each piece of the text: [its characters, 1 if they take two bytes each]
 *   the blocks    the bytes of typed arrays, Buffers, ArrayBuffers and DataViews, each aligned to 8 bytes
 *   the text      all strings, one behind the other, in chunks: so that few calls move many strings
 *
 * A word is a double, and a number is one. Any other value is a NaN of which the upper half is a tag and the lower half
 * a count, here in brackets. Little-endian, as all processors are on which Node runs.
 */

const NAN = 0x7ff9_0000

export const Tag = Object.freeze({
  nan: NAN,
  undefined: NAN + 1,
  null: NAN + 2,
  false: NAN + 3,
  true: NAN + 4,
  /** [characters] */
  string: NAN + 5,
  /** [hexadecimal digits, which are text] */
  bigint: NAN + 6,
  /** The same, of what is below zero. */
  negative: NAN + 7,
  /** [length]: as many values follow. */
  array: NAN + 8,
  /** [length]: as many numbers follow, of which none needs a tag. */
  numbers: NAN + 9,
  /** [number of its shape in this message]: the values of the shape's keys follow. */
  object: NAN + 10,
  /** The same, of the next new shape. [characters of its keys as JSON, which are text] */
  shape: NAN + 11,
  /** [keys]: as many pairs of a string and a value follow. */
  dictionary: NAN + 12,
  /** [0]: its milliseconds follow, NaN when invalid. */
  date: NAN + 13,
  /** [size]: as many values follow. */
  set: NAN + 14,
  /** [size]: as many pairs of values follow. */
  map: NAN + 15,
  /** [code of the raw type, see wire/payload]: the length in bytes of the next block follows, as a number. */
  block: NAN + 16,
} as const)

/** The words before the tree. */
export const HEAD_WORDS = 2
/** Deeper values recurse too far. */
export const TREE_DEPTH = 200
/** A string that outlives its message keeps its chunk in memory: so much more than itself at most. */
export const CHUNK_CHARACTERS = 1024
/** An object with more keys is a dictionary: no two are alike. */
export const SHAPE_KEYS = 32
/** Shapes in a message; objects of further ones are dictionaries. */
export const MESSAGE_SHAPES = 64

/** Memory with a view of its words: `doubles` and `words` begin where `bytes` does. */
export interface Memory {
  readonly bytes: Buffer
  readonly doubles: Float64Array
  readonly words: Uint32Array
}

/** Views of a buffer that is aligned to 8 bytes. */
export function memoryOf(bytes: Buffer): Memory {
  const { buffer, byteOffset, length } = bytes
  const words = Math.floor(length / 8)
  return {
    bytes,
    doubles: new Float64Array(buffer, byteOffset, words),
    words: new Uint32Array(buffer, byteOffset, 2 * words),
  }
}

/** The next multiple of 8. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
