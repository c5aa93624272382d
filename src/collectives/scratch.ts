/** Memory into which a communicator's reductions receive, used again by the next one: fresh memory costs more than folding does. */
import type { TypedArray } from '../wire/element-type.ts'
import { allocateLike, sameType } from './array.ts'

/** More than this is not kept. */
const KEPT_BYTES = 4 << 20

export class Scratch {
  #kept: TypedArray | undefined = undefined

  /** An array of the type of `like`, of at least `length` elements, that nobody else uses, with anything in it. */
  take<A extends TypedArray>(like: A, length: number): A {
    const kept = this.#kept
    if (kept === undefined || kept.length < length || !sameType(kept, like)) return allocateLike(like, length)
    this.#kept = undefined
    return kept as A
  }

  /** Gives an array from `take` back, when surely nobody will write to it any more: not after a failure. */
  give(array: TypedArray): void {
    if (array.byteLength <= KEPT_BYTES) this.#kept = array
  }
}
