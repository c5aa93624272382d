/** The memory of a board (see board) as one process sees it, and a piece of its own, in which it prepares what it then copies there. */
import { TYPED_ARRAYS } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import type { BoardLayout } from './board-layout.ts'
import { Destination } from './destination.ts'

const TYPES = new Map<string, (typeof TYPED_ARRAYS)[number]>(TYPED_ARRAYS.map((type) => [type.name, type]))

export class BoardMemory {
  readonly words: Int32Array
  readonly doubles: Float64Array
  readonly bytes: Uint8Array
  readonly destination: Destination
  readonly #layout: BoardLayout
  /** Behind the board, or elsewhere: this process's own. */
  #apart: ArrayBuffer | undefined
  #draft: TypedArray = new Uint8Array(0)

  constructor(memory: ArrayBuffer, layout: BoardLayout, destination = new Destination(memory)) {
    this.words = new Int32Array(memory)
    this.doubles = new Float64Array(memory)
    this.bytes = new Uint8Array(memory)
    this.destination = destination
    this.#layout = layout
    this.#apart = memory.byteLength >= layout.bytes + layout.pieceBytes ? memory : undefined
  }

  /** An array like this one, of at most `pieceBytes`, in memory of this process's own: vector instructions run there too. */
  apart<A extends TypedArray>(like: A): A {
    this.#apart ??= new ArrayBuffer(this.#layout.pieceBytes)
    if (this.#draft.length !== like.length || this.#draft.constructor !== like.constructor)
      this.#draft = viewOn(this.#apart, this.#apart === this.words.buffer ? this.#layout.bytes : 0, like)
    return this.#draft as A
  }
}

/** An array like this one, from a byte of some memory on. */
export function viewOn<A extends TypedArray>(memory: ArrayBufferLike, at: number, like: A): A {
  const Type = TYPES.get(like[Symbol.toStringTag]) ?? Uint8Array
  return new Type(memory, at, like.length) as A
}
