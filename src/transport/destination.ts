/**
 * Shared memory into which this process copies what others read. Small arrays of doubles by a loop, which needs neither a view
 * nor a call; large ones through the caches, or past them where that takes less time (see copy-route).
 */
import { byteLengthOf } from '../wire/element-type.ts'
import type { CopyRoute } from './copy-route.ts'
import { STREAMING_ALIGNMENT } from './streaming-copy.ts'

/** How copies go past the caches, and when. */
export interface Past {
  /** To a byte of the memory that is a multiple of STREAMING_ALIGNMENT. */
  readonly copy: (source: ArrayBufferView, at: number) => void
  readonly route: CopyRoute
}

/** Up to here doubles are copied by a loop. */
const LOOP_DOUBLES = 8
/** From here on a call past the caches can be worth what it costs, 0.1 µs. */
const LEAST_STREAMED = 4096
/** Longer memory is not kept by a view on it. */
const MOST_KEPT = 256 * 1024

export class Destination {
  readonly #doubles: Float64Array
  readonly #bytes: Uint8Array
  readonly #past: Past | undefined
  /** The last body that needed a view, and the view: programs send the same array again and again. */
  #viewed: ArrayBufferView | undefined
  #view: Uint8Array = new Uint8Array(0)

  /** Without `past` all go through the caches. */
  constructor(memory: ArrayBuffer, past?: Past) {
    this.#doubles = new Float64Array(memory)
    this.#bytes = new Uint8Array(memory)
    this.#past = past
  }

  /** So many bytes are better prepared elsewhere than where they shall lie: they go past the caches, or are measured. */
  prefersCopies(bytes: number): boolean {
    const { route } = this.#past ?? {}
    return route !== undefined && bytes >= LEAST_STREAMED && (route.isPast || route.isDraftMeasured)
  }

  /** So many bytes were prepared where they lie. */
  drafted(bytes: number): void {
    if (bytes >= LEAST_STREAMED) this.#past?.route.wentThrough(bytes)
  }

  /** Copies an array to a byte, of doubles a multiple of eight. */
  put(source: ArrayBufferView, at: number): void {
    if (source instanceof Float64Array && source.length <= LOOP_DOUBLES) {
      const index = at >> 3
      for (let i = 0; i < source.length; i++) this.#doubles[index + i] = source[i] as number
      return
    }
    const bytes = byteLengthOf(source)
    const past = this.#past
    if (past === undefined || bytes < LEAST_STREAMED || at % STREAMING_ALIGNMENT !== 0) return this.#copy(source, at)
    const { route } = past
    if (route.isPast) {
      past.copy(source, at)
      route.wentPast(bytes)
    } else if (route.isMeasured) {
      const start = performance.now()
      this.#copy(source, at)
      route.took(bytes, performance.now() - start)
    } else {
      this.#copy(source, at)
      route.wentThrough(bytes)
    }
  }

  #copy(source: ArrayBufferView, at: number): void {
    if (source instanceof Float64Array) this.#doubles.set(source, at >> 3)
    else if (source instanceof Uint8Array) this.#bytes.set(source, at)
    else {
      let view = this.#view
      if (source !== this.#viewed || view.byteLength !== source.byteLength) {
        view = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
        if (source.buffer.byteLength <= MOST_KEPT) {
          this.#viewed = source
          this.#view = view
        }
      }
      this.#bytes.set(view, at)
    }
  }
}
