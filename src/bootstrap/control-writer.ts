/**
 * The writing half of a control channel, of either end: what is said is written at once, as far as there is room, and the
 * rest is kept here. Not through the socket: a write to whoever has gone would close it, and what they had said before
 * that would never be read.
 */
import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'

/** Milliseconds between two tries to write to a channel that is full. */
const PAUSE = 5

export class ControlWriter {
  readonly #socket: Socket
  /** What there was no room for. */
  #rest: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Writes what there is room for, the rest a little later. What nobody hears any more is dropped. */
  write(text: string): void {
    this.#rest = Buffer.concat([this.#rest, Buffer.from(text)])
    if (this.#timer === undefined) this.#try()
  }

  /** Waits, with the whole process, until all is written. */
  finishNow(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (this.#try(); this.#rest.length > 0; this.#try()) Atomics.wait(pause, 0, 0, PAUSE)
  }

  /** Resolves when all is written. */
  async finished(): Promise<void> {
    while (this.#rest.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }

  #try(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(descriptorOf(this.#socket), this.#rest))
    } catch (error) {
      // Any other error means that nobody listens any more: the end of the channel tells.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#rest = Buffer.alloc(0)
      else this.#timer = setTimeout(() => this.#try(), PAUSE).unref()
    }
  }
}

/** The descriptor of a socket, for which Node has no name; -1, to which nothing can be written, once it is closed. */
export function descriptorOf(socket: Socket): number {
  const { fd } = (socket as unknown as Record<'_handle', { readonly fd: number } | null>)['_handle'] ?? { fd: -1 }
  return fd
}
