/** What is under way from one rank to another. */
export interface Packet {
  /** The turn from which on it may arrive. */
  readonly due: number
  readonly words: Int32Array
  readonly bytes: Uint8Array | undefined
}

/** One direction of one pair: packets from `next` on, then the end. */
export class Lane {
  readonly source: number
  readonly packets: Packet[] = []
  next = 0
  end: string | undefined

  constructor(source: number) {
    this.source = source
  }

  get waiting(): boolean {
    return this.next < this.packets.length || this.end !== undefined
  }

  isDue(turn: number): boolean {
    return this.waiting && (this.packets[this.next]?.due ?? 0) <= turn
  }

  /** The next packet, or undefined at the end. */
  take(): Packet | undefined {
    const packet = this.packets[this.next++]
    if (this.next >= this.packets.length) this.packets.length = this.next = 0
    return packet
  }
}
