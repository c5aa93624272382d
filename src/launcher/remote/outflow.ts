/** An output stream of a rank on its way to the launcher: never more under way than the launcher has granted. */
import type { Readable } from 'node:stream'
import { WINDOW } from './messages.ts'

export class Outflow {
  readonly #stream: Readable
  #credit = WINDOW

  /** Takes the stream. `closed` is called after the last `send`. */
  constructor(stream: Readable, send: (bytes: Buffer) => void, closed: () => void) {
    this.#stream = stream
    stream.on('data', (bytes: Buffer) => {
      this.#credit -= bytes.length
      if (this.#credit <= 0) stream.pause()
      send(bytes)
    })
    // A pipe that fails has ended.
    stream.on('error', () => {})
    stream.once('close', closed)
  }

  grant(bytes: number): void {
    this.#credit += bytes
    if (this.#credit > 0) this.#stream.resume()
  }
}
