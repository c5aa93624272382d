/**
 * The form of a value as a table of nodes, one for each object in it, root first: for values with shared references,
 * cycles, Maps, Errors and whatever else MessagePack alone would change. The table holds only what MessagePack carries.
 *
 * In a node a value is a *slot*: a primitive stands for itself, `[i]` for the object of node i, `[-1]` for −0, and a
 * Uint16Array (its code units) for a string that UTF-8 cannot carry. Made by wire/flatten, read by wire/inflate.
 */

export type Slot = unknown
export type Node = unknown[]

/** The first element of each node; in brackets what follows. */
export const Shape = Object.freeze({
  /** [slots…] */
  array: 0,
  /** [length, key, slot, …]: an array with holes or with other keys than indexes. */
  sparseArray: 1,
  /** [key, slot, …] */
  object: 2,
  /** [key, slot, …] */
  nullObject: 3,
  /** [slot, slot, …] */
  map: 4,
  /** [slots…] */
  set: 5,
  /** [milliseconds, or undefined when invalid] */
  date: 6,
  /** [source, flags, lastIndex] */
  regExp: 7,
  /** [class, number of hidden keys, key, slot, …] */
  error: 8,
  /** [the typed array, ArrayBuffer or DataView] */
  bytes: 9,
  /** [slot]: the whole value is one string. */
  string: 10,
} as const)

export const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]
export const MINUS_ZERO = -1
