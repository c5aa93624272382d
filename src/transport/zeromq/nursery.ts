/**
 * Collects arrays that died young. V8 counts the memory of each frame that zeromq.js hands over twice and, every 64 MiB
 * or so, marks the whole heap to find what of it is dead; most of it dies before the next message is there, and for that
 * a collection of the young generation is enough: a fraction of a millisecond, however large the heap is.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** After so many bytes: far below 64 MiB, and a collection is short beside the time that they take to arrive. */
export const NURSERY_BYTES = 8 << 20

type Collect = (options: { readonly type: 'minor' }) => void

export class Nursery {
  #bytes = 0
  #collect: Collect | undefined

  /** A frame of so many bytes in memory of its own was handed over. */
  received(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < NURSERY_BYTES) return
    this.#bytes = 0
    // Not now: the receiver still holds the message before this one, and what survives two collections is young no more.
    setImmediate(this.#tidy)
  }

  readonly #tidy = (): void => {
    this.#collect ??= exposeCollect()
    this.#collect({ type: 'minor' })
  }
}

/** V8 shows `gc` to contexts that are made while it is told to; nobody else gets to see it. */
function exposeCollect(): Collect {
  const isExposed = 'gc' in globalThis
  if (!isExposed) setFlagsFromString('--expose-gc')
  const collect = runInNewContext('globalThis.gc ?? (() => {})') as Collect
  if (!isExposed) setFlagsFromString('--no-expose-gc')
  return collect
}
