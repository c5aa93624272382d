/** Memory that a communicator's collectives use again and again: fresh memory costs more than what is done in it. */
import type { TypedArray } from '../wire/element-type.ts'
import { allocateLike, sameType, slice } from './array.ts'
import { balanced } from './partition.ts'
import { ValueHead } from './value-head.ts'
import { type VectorMemory, Vectors } from './vectors.ts'

/** More than this is not kept. */
const KEPT_BYTES = 4 << 20
const CUT_BYTES = 256 * 1024
/** The slot of a line of the board. */
const LONG_HEAD = 1024

export class Scratch {
  /** Into which reductions receive. */
  #kept: TypedArray | undefined = undefined
  #operand: TypedArray | undefined = undefined
  #doubles = new Float64Array(0)
  #cut: TypedArray | undefined = undefined
  #cutLength = 0
  #blocks: readonly TypedArray[] = []
  #vectors: Vectors | undefined = undefined
  #own: ValueHead | undefined = undefined
  #other: ValueHead | undefined = undefined
  #long: ValueHead | undefined = undefined

  /** An array of the type of `like`, of at least `length` elements, that nobody else uses, with anything in it. */
  take<A extends TypedArray>(like: A, length: number): A {
    const kept = this.#kept
    if (kept === undefined || kept.length < length || !sameType(kept, like)) return allocateLike(like, length)
    this.#kept = undefined
    return kept as A
  }

  /** An array of the type and length of `like`, for what is read and folded at once. */
  operand<A extends TypedArray>(like: A): A {
    const kept = this.#operand
    if (kept !== undefined && kept.length === like.length && sameType(kept, like)) return kept as A
    const made = allocateLike(like, like.length)
    this.#operand = made
    return made
  }

  /** So many doubles, with anything in them, until the next call of this. */
  doubles(length: number): Float64Array {
    return this.#doubles.length === length ? this.#doubles : (this.#doubles = new Float64Array(length))
  }

  /** The balanced blocks of an array, one for each of `ranks`: of the same array the same. */
  blocks<A extends TypedArray>(array: A, ranks: number): readonly A[] {
    const { length } = array
    if (this.#cut === array && this.#cutLength === length && this.#blocks.length === ranks) return this.#blocks as A[]
    const { starts, counts } = balanced(length, ranks)
    const blocks = counts.map((count, rank) => slice(array, starts[rank] as number, count))
    // Longer memory is not kept by its blocks.
    const isKept = array.buffer.byteLength <= CUT_BYTES
    this.#cut = isKept ? array : undefined
    this.#cutLength = length
    this.#blocks = isKept ? blocks : []
    return blocks
  }

  /** What this rank publishes next, by the one call that has its turn. */
  get ownHead(): ValueHead {
    return (this.#own ??= new ValueHead())
  }

  /** What another has published: until the next is read. */
  get otherHead(): ValueHead {
    return (this.#other ??= new ValueHead())
  }

  /** Of a value for one other rank, or from one: with more of it. */
  get longHead(): ValueHead {
    return (this.#long ??= new ValueHead(LONG_HEAD))
  }

  /** The loops that run in this memory, of which there is one. */
  vectors(memory: VectorMemory): Vectors {
    return (this.#vectors ??= new Vectors(memory))
  }

  /** Gives an array from `take` back, when surely nobody will write to it any more: not after a failure. */
  give(array: TypedArray): void {
    if (array.byteLength <= KEPT_BYTES) this.#kept = array
  }
}
