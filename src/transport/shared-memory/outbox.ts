/** Packets that could not leave at once: for whom they wait, and how those are reached at first. */
import type { Header } from '../../wire/header.ts'
import type { Neighbour, Packet } from './neighbour.ts'

/** Where packets go that shared memory cannot carry to a rank. */
export type Divert = (peer: number, packets: readonly Packet[], reason: string) => void

export class Outbox {
  /** Those for whom something waits. */
  #neighbours: Neighbour[] = []
  readonly #divert: Divert | undefined
  readonly #lose: (neighbour: Neighbour, reason: unknown) => void

  /** `lose` is told of neighbours that cannot be reached, nor otherwise; it must `forget` them. */
  constructor(divert: Divert | undefined, lose: (neighbour: Neighbour, reason: unknown) => void) {
    this.#divert = divert
    this.#lose = lose
  }

  get isEmpty(): boolean {
    return this.#neighbours.length === 0
  }

  /** Keeps a packet, in line after those that wait. A body of at most `copied` bytes is copied, a larger one borrowed. */
  add(neighbour: Neighbour, header: Header, body: ArrayBufferView | undefined, copied: number): void {
    neighbour.keep(header, body, copied)
    if (neighbour.backlog.length === 1) this.#neighbours.push(neighbour)
  }

  forget(neighbour: Neighbour): void {
    this.#neighbours = this.#neighbours.filter((other) => other !== neighbour)
  }

  /** Sends what now fits. True when something did. */
  flush(): boolean {
    let any = false
    for (const neighbour of this.#neighbours) {
      if (!neighbour.isReached) this.#reach(neighbour)
      try {
        if (neighbour.flush()) any = true
      } catch (error) {
        this.#lose(neighbour, error)
      }
    }
    if (this.#neighbours.some(({ backlog }) => backlog.length === 0))
      this.#neighbours = this.#neighbours.filter(({ backlog }) => backlog.length > 0)
    return any
  }

  /** Asks for a sign when there is room. Then flush once more: there may be by now. */
  waitForRoom(): void {
    for (const neighbour of this.#neighbours) neighbour.waitForRoom()
  }

  #reach(neighbour: Neighbour): void {
    try {
      neighbour.reach()
    } catch (error) {
      if (this.#divert === undefined) this.#lose(neighbour, error)
      else this.#giveAway(neighbour, this.#divert, error instanceof Error ? error.message : String(error))
    }
  }

  #giveAway(neighbour: Neighbour, divert: Divert, reason: string): void {
    try {
      neighbour.goElsewhere()
      divert(neighbour.rank, neighbour.backlog.splice(0), reason)
    } catch (error) {
      this.#lose(neighbour, error)
    }
  }
}
