/**
 * The form of a value in which every object occurs once (a tree): made for speed by wire/tree-encoder, read by
 * wire/tree-decoder. In a message of this form lie, one behind the other,
 *
 *   three words   [end of the numbers in words, number of chunks]  [byte at which the tags begin]  [… and the text]
 *   the numbers   all of them, as doubles; among them the keys of shapes, padded to whole words
 *   the chunks    a word for each piece of the text: [its characters, 1 if they take two bytes each]
 *   the blocks    the bytes of typed arrays, Buffers, ArrayBuffers and DataViews, each aligned to 8 bytes
 *   the tags      a byte for each value, depth first, and perhaps its count, here in brackets: a byte too, or if that is
 *                 255 the next of the numbers
 *   the text      all other strings, one behind the other, in chunks: so that few calls move many strings
 *
 * Little-endian, as all processors are on which Node runs.
 */

export const Tag = Object.freeze({
  number: 0,
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  /** [characters] */
  string: 5,
  /** [hexadecimal digits, which are text] */
  bigint: 6,
  /** The same, of what is below zero. */
  negative: 7,
  /** [length]: as many values follow. */
  array: 8,
  /** [length]: of so many numbers, which have no tags. */
  numbers: 9,
  /** [number of its shape in this message]: the values of the shape's keys follow. */
  object: 10,
  /** The same, of the next new shape. [bytes of its keys, see wire/shapes, which are the next of the words] */
  shape: 11,
  /** [keys]: as many pairs of a string and a value follow. */
  dictionary: 12,
  /** Its milliseconds, NaN when invalid, are the next of the numbers. */
  date: 13,
  /** [size]: as many values follow. */
  set: 14,
  /** [size]: as many pairs of values follow. */
  map: 15,
  /** [code of the raw type, see wire/payload]: the length in bytes of the next block is the next of the numbers. */
  block: 16,
  /** The same of a block that is the next of the parts, see wire/parts. */
  outside: 17,
} as const)

/** More memory than this is not kept for the next message. */
export const KEPT_BYTES = 16 << 20
/** The count that says that it is one of the numbers. */
export const LONG_COUNT = 255
/** The words before the numbers. */
export const HEAD_WORDS = 3
/** Deeper values recurse too far. */
export const TREE_DEPTH = 200
/** A string that outlives its message keeps its chunk in memory: so much more than itself at most. */
export const CHUNK_CHARACTERS = 1024
/** Text of at most so many bytes is written and read string by string. */
export const SMALL_TEXT = 128
/** An object with more keys is a dictionary: no two are alike. */
export const SHAPE_KEYS = 32
/** Shapes in a message; objects of further ones are dictionaries. */
export const MESSAGE_SHAPES = 64

/** The next multiple of 8. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
