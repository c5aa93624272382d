/**
 * The way to one peer: connects at the first packet and keeps the packets until the peer's address is known.
 * A link that has failed or was closed swallows what is sent.
 */
import { LentCopies } from './copies.ts'
import { acknowledgement } from './frames.ts'
import { Outlet } from './sockets.ts'
import type { CopyPool } from './copies.ts'
import type { Protection } from './keys.ts'

type Message = Uint8Array | Uint8Array[]

export class Link {
  readonly #failed: (reason: string) => void
  #outlet: Outlet | undefined
  #waiting: Message[] = []
  #over = false
  readonly #lent: LentCopies

  /** `failed` is called at most once, and not after `close`. */
  constructor(
    name: string,
    address: Promise<string>,
    keys: Protection | undefined,
    pool: CopyPool,
    failed: (reason: string) => void,
  ) {
    this.#lent = new LentCopies(pool)
    this.#failed = failed
    void this.#connect(name, address, keys)
  }

  /** Messages that wait for the address. */
  get waiting(): number {
    return this.#waiting.length
  }

  send(message: Message): void {
    if (this.#over) return
    if (this.#outlet === undefined) this.#waiting.push(message)
    else this.#hand(this.#outlet, message)
  }

  /** A header and its body, which is borrowed until the peer has it, unless it is to be copied. */
  sendLarge(header: Uint8Array, body: Uint8Array, mustCopy: boolean): void {
    if (!this.#over) this.send([header, this.#lent.next(body, mustCopy)])
  }

  /** The peer has sent this sound first frame of a message. */
  acknowledged(frame: Buffer): void {
    if (this.#lent.some) this.#lent.acknowledge(acknowledgement(frame))
  }

  /** What ZeroMQ already has still leaves, unless `abandon`. */
  close(abandon: boolean): void {
    this.#over = true
    this.#waiting = []
    this.#lent.clear()
    this.#outlet?.close(abandon)
    this.#outlet = undefined
  }

  async #connect(name: string, address: Promise<string>, keys: Protection | undefined): Promise<void> {
    try {
      const known = await address
      if (this.#over) return
      this.#outlet = new Outlet(name, known, keys)
      for (const message of this.#waiting) this.#hand(this.#outlet, message)
      this.#waiting = []
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #hand(outlet: Outlet, message: Message): void {
    outlet.send(message).catch(this.#refused)
  }

  readonly #refused = (): void => {
    this.#fail('connection lost')
  }

  #fail(reason: string): void {
    if (this.#over) return
    this.close(true)
    this.#failed(reason)
  }
}
