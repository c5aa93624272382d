/** The blocks of a message in the form of wire/tree: the bytes of typed arrays, Buffers, ArrayBuffers and DataViews. */
import { PART_BYTES } from './parts.ts'
import { padded, Tag } from './tree.ts'

interface Block {
  readonly view: ArrayBufferView
  /** Of the word for its length. */
  readonly at: number
  readonly tagAt: number
}

export class Blocks {
  #blocks: Block[] = []

  /** The next block, whose tag stands at `tagAt` and for whose length the word `at` has been left. */
  add(view: ArrayBufferView, at: number, tagAt: number): void {
    this.#blocks.push({ view, at, tagAt })
  }

  /**
   * Writes the lengths; returns the bytes of all. Not before the whole value has been read: a getter may have changed
   * them.
   */
  measure(doubles: Float64Array): number {
    let bytes = 0
    if (this.#blocks.length > 0)
      for (const { view, at } of this.#blocks) {
        doubles[at] = view.byteLength
        bytes += padded(view.byteLength)
      }
    return bytes
  }

  /** Takes out those that may lie outside the tree, which their tags tell from now on. They have been measured. */
  takeLarge(tags: Buffer): Uint8Array[] {
    const large = this.#blocks.filter(({ view }) => view.byteLength >= PART_BYTES)
    if (large.length > 0) this.#blocks = this.#blocks.filter(({ view }) => view.byteLength < PART_BYTES)
    return large.map(({ view, tagAt }) => {
      tags[tagAt] = Tag.outside
      return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    })
  }

  write(target: Buffer, at: number): void {
    if (this.#blocks.length > 0)
      for (const { view } of this.#blocks) {
        const end = at + view.byteLength
        if (end > at) target.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at)
        at = padded(end)
        target.fill(0, end, at)
      }
  }

  /** Forgets all. */
  clear(): void {
    if (this.#blocks.length > 0) this.#blocks = []
  }
}
