/**
 * Which values MessagePack carries without changing them, and in which form: pure predicates over values.
 *
 * A value is a tree when every object in it occurs once and holds only primitives, plain objects, dense arrays, Dates,
 * Sets, typed arrays, ArrayBuffers and DataViews. Everything else is for wire/flatten, which carries or refuses it.
 * The value may run code when it is read (a getter, a Proxy): what that throws passes through.
 */
import { inspect } from 'node:util'
import { rawCodeOf } from './payload.ts'

/** `tree`: small or with large objects. `records`: many objects with few keys each. */
export type Form = 'tree' | 'records' | 'graph'

/** Deeper values recurse too far for MessagePack. */
const TREE_DEPTH = 200
/** Up to so many objects a look at each is quicker than a Set, and their keys are cheaper than a record's definition. */
const FEW_OBJECTS = 8
/** Objects with more keys are dictionaries: no two are alike. */
const RECORD_KEYS = 32
/** MessagePack's short form of an object has no room for more. */
const TREE_KEYS = 0xffff
/** From here on, counting an array's keys costs more than `inspect`. */
const LONG_ARRAY = 100

export function formOf(value: unknown): Form {
  const survey = new Survey()
  if (!survey.isTree(value, 0)) return 'graph'
  return survey.objects > FEW_OBJECTS && !survey.hasDictionary ? 'records' : 'tree'
}

/** One look at a value. */
class Survey {
  objects = 0
  hasDictionary = false
  #first: object | undefined
  readonly #few: object[] = []
  #many: Set<object> | undefined

  isTree(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'number':
        return value !== 0 || 1 / value > 0
      case 'string':
        return isCarriedString(value)
      case 'object':
        return value === null || this.#isTreeObject(value, depth)
      case 'boolean':
      case 'undefined':
      case 'bigint':
        return true
      default:
        return false
    }
  }

  #isTreeObject(value: object, depth: number): boolean {
    if (depth > TREE_DEPTH || !this.#isNew(value)) return false
    if (Array.isArray(value)) return this.#isTreeArray(value, depth)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#isTreeRecord(value as Record<string, unknown>, depth)
    if (rawCodeOf(value) !== undefined) return true
    if (hasOwnKeys(value)) return false
    if (prototype === Date.prototype) return true
    if (prototype !== Set.prototype) return false
    for (const element of value as Set<unknown>) if (!this.isTree(element, depth + 1)) return false
    return true
  }

  #isTreeRecord(value: Record<string, unknown>, depth: number): boolean {
    let keys = 0
    for (const key in value) {
      if (key === '__proto__' || key === '__keys__' || !isCarriedString(key)) return false
      if (!this.isTree(value[key], depth + 1)) return false
      keys++
    }
    if (keys > RECORD_KEYS) this.hasDictionary = true
    return keys <= TREE_KEYS && Object.getOwnPropertySymbols(value).length === 0
  }

  #isTreeArray(array: readonly unknown[], depth: number): boolean {
    if (Object.getPrototypeOf(array) !== Array.prototype || hasKeysBesideIndexes(array)) return false
    for (let i = 0; i < array.length; i++) {
      const element = array[i]
      if (element === undefined && !(i in array)) return false
      if (!this.isTree(element, depth + 1)) return false
    }
    return true
  }

  /** False for an object that was seen before: identity is part of the value. */
  #isNew(value: object): boolean {
    const count = this.objects++
    if (count === 0) {
      this.#first = value
      return true
    }
    if (value === this.#first) return false
    if (count <= FEW_OBJECTS) {
      if (this.#few.includes(value)) return false
      this.#few.push(value)
      return true
    }
    this.#many ??= new Set(this.#few)
    return this.#many.size < this.#many.add(value).size
  }
}

/** True when a Map, Date, … has properties that are not its content. */
export function hasOwnKeys(value: object): boolean {
  return Object.keys(value).length !== 0 || Object.getOwnPropertySymbols(value).length !== 0
}

/** True when the array has properties of its own that are not elements, such as those of a RegExp's match. */
export function hasKeysBesideIndexes(array: readonly unknown[]): boolean {
  if (array.length <= LONG_ARRAY) {
    let elements = 0
    for (let i = 0; i < array.length; i++) if (i in array) elements++
    return Object.keys(array).length !== elements || Object.getOwnPropertySymbols(array).length !== 0
  }
  // Node's only window on an array's other keys that need not list the indexes too: `[ ... 5 more items, key: 1 ]`.
  return inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false, showProxy: false }).includes(':')
}

/** Node has it since 20, the language of this code's year not yet. */
interface WellFormed {
  isWellFormed(): boolean
}

/** True when a string survives UTF-8 and its decoder: no lone surrogate, no byte order mark for the decoder to drop. */
export function isCarriedString(text: string): boolean {
  return (text as string & WellFormed).isWellFormed() && (text.length < 20 || text.charCodeAt(0) !== 0xfeff)
}

/** True when a decoded value holds nothing but what a tree may hold, whatever the bytes were. */
export function isTreeData(value: unknown): boolean {
  if (typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol'
  if (value === null) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) {
    const record = value as Record<string, unknown>
    for (const key in record) if (!isTreeData(record[key])) return false
    return true
  }
  if (prototype === Array.prototype) {
    const array = value as unknown[]
    for (let i = 0; i < array.length; i++) if (!isTreeData(array[i])) return false
    return true
  }
  if (prototype === Set.prototype) {
    for (const element of value as Set<unknown>) if (!isTreeData(element)) return false
    return true
  }
  return prototype === Date.prototype || rawCodeOf(value) !== undefined
}
