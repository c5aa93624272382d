/** What an object has besides its content: pure predicates. The value may run code when it is read: what that throws passes. */
import { inspect } from 'node:util'

/** From here on, counting an array's keys costs more than `inspect`. */
const LONG_ARRAY = 100

/** True when a Map, Date, … has properties that are not its content. */
export function hasOwnKeys(value: object): boolean {
  return Object.keys(value).length !== 0 || Object.getOwnPropertySymbols(value).length !== 0
}

/**
 * True when the array has properties of its own that are not elements, such as those of a RegExp's match.
 *
 * @param elements how many elements it has
 */
export function hasKeysBesideIndexes(array: readonly unknown[], elements = elementsOf(array)): boolean {
  if (array.length <= LONG_ARRAY)
    return Object.keys(array).length !== elements || Object.getOwnPropertySymbols(array).length !== 0
  // Node's only window on an array's other keys that need not list the indexes too: `[ ... 5 more items, key: 1 ]`.
  return inspect(array, { maxArrayLength: 0, depth: 0, customInspect: false, showProxy: false }).includes(':')
}

function elementsOf(array: readonly unknown[]): number {
  if (array.length > LONG_ARRAY) return 0
  let elements = 0
  for (let i = 0; i < array.length; i++) if (i in array) elements++
  return elements
}

/** Node has it since 20, the language of this code's year not yet. */
interface WellFormed {
  isWellFormed(): boolean
}

/** True when a string survives UTF-8 and its decoder: no lone surrogate, no byte order mark for the decoder to drop. */
export function isCarriedString(text: string): boolean {
  return (text as string & WellFormed).isWellFormed() && (text.length < 20 || text.charCodeAt(0) !== 0xfeff)
}
