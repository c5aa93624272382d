/** Another rank of this host, as this one sees it: the ring to it, what waits to go there, the ring from it, its bell. */
import * as fs from 'node:fs'
import { Header } from '../../wire/header.ts'
import { RingReader, RingWriter } from '../ring.ts'
import { openBell, ring } from './bell.ts'
import { Contact, Presence, Sleep } from './lobby.ts'
import type { Place } from './place.ts'

/** A packet that waits for room, or for the other to appear. */
export interface Packet {
  readonly header: Header
  readonly body: ArrayBufferView | undefined
}

/** Milliseconds, and tries between two looks at the clock. */
const MOMENT = 0.03
const TRIES = 50

export class Neighbour {
  /** World rank. */
  readonly rank: number
  /** Number among the ranks of this host. */
  readonly index: number
  reader: RingReader | undefined
  /** Packets that have not left, oldest first. */
  readonly backlog: Packet[] = []
  /** It has said that nothing more will come than what is in its ring. */
  left = false
  /** Packets to it go another way. */
  diverted = false
  /** Nothing goes there or comes from there any more. */
  closed = false
  readonly #place: Place
  #writer: RingWriter | undefined
  #bell: number | undefined
  /** It did not make room when that was waited for. */
  #isSlow = false
  #readable: boolean | undefined
  #pid = 0

  constructor(place: Place, rank: number, index: number) {
    this.rank = rank
    this.index = index
    this.#place = place
  }

  /** Writes a packet into the ring, past nothing that waits. False when it has to wait. Throws like `wake`. */
  write(header: Header, body: ArrayBufferView | undefined): boolean {
    if (this.#writer === undefined || this.backlog.length > 0 || !this.#writer.write(header, body)) return false
    if (this.#place.lobby.sleep(this.index) === Sleep.asleep) this.wake()
    return true
  }

  /**
   * Tries for a moment, when there is no room: who reads mostly makes some soon, and that costs less than to keep a copy.
   * False at once when that was in vain the last time. Throws like `wake`.
   */
  writeSoon(header: Header, body: ArrayBufferView | undefined): boolean {
    if (this.#isSlow || this.#writer === undefined || this.backlog.length > 0) return false
    const end = performance.now() + MOMENT
    do for (let i = 0; i < TRIES; i++) if (this.write(header, body)) return true
    while (performance.now() < end)
    this.#isSlow = true
    return false
  }

  /** Keeps a packet for later. A body of at most `copied` bytes is copied, a larger one borrowed. */
  keep(header: Header, body: ArrayBufferView | undefined, copied: number): void {
    const taken =
      body !== undefined && body.byteLength <= copied
        ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
        : body
    this.backlog.push({ header: Object.assign(new Header(), header), body: taken })
  }

  /** Writes what now fits of what waits. True when something did. Throws like `wake`. */
  flush(): boolean {
    let sent = 0
    for (const packet of this.backlog) {
      if (this.#writer?.write(packet.header, packet.body) !== true) break
      sent++
    }
    if (sent === 0) return false
    this.backlog.splice(0, sent)
    this.#isSlow = false
    if (this.#place.lobby.sleep(this.index) === Sleep.asleep) this.wake()
    return true
  }

  /** Asks to be woken when there is room for what waits. */
  waitForRoom(): void {
    this.#writer?.wait()
  }

  get isReached(): boolean {
    return this.#writer !== undefined
  }

  /**
   * First contact: makes the ring to it if it is there; asks to be woken when it appears if it is not yet. Throws when
   * it can't be reached this way.
   */
  reach(): void {
    const { lobby, own } = this.#place
    let presence = lobby.presence(this.index)
    if (presence === Presence.absent && !lobby.told(own, this.index, Contact.waits)) {
      lobby.tell(own, this.index, Contact.waits)
      presence = lobby.presence(this.index)
    }
    if (presence === Presence.refused) throw new Error(`rank ${this.rank} goes without shared memory`)
    if (presence !== Presence.attached) return
    this.#openBell()
    this.#makeRing()
  }

  /** Tells it that this rank reaches it another way. Throws like `wake`. */
  goElsewhere(): void {
    this.diverted = true
    this.#place.lobby.tell(this.#place.own, this.index, Contact.elsewhere)
    this.wake()
  }

  /** Maps the ring from it, which it has said to be ready. Throws when that is impossible. */
  meet(job: number): void {
    this.reader = new RingReader(this.#place.ring(this.index, this.#place.own), this.rank, job)
  }

  /**
   * Tells a rank with which there was contact that nothing more will come. One that has not appeared yet finds in its
   * ring what waits for it, as far as that fits. Throws like `wake`.
   */
  takeLeave(): void {
    if (this.backlog.length > 0 && this.#place.lobby.presence(this.index) === Presence.absent) {
      this.#makeRing()
      this.flush()
    }
    if (this.#writer === undefined && this.reader === undefined) return
    this.#place.lobby.tell(this.#place.own, this.index, Contact.left)
    this.wake()
  }

  /** Rings its bell if nobody has since it began to sleep. Throws when there is a rank but its bell can't be opened. */
  wake(): void {
    const { lobby } = this.#place
    if (!lobby.rouse(this.index)) return
    try {
      ring(this.#openBell())
    } catch (error) {
      if (lobby.presence(this.index) === Presence.attached) throw error
    }
  }

  /** Its process, if this one may read its memory. */
  get readablePid(): number | undefined {
    if (this.#readable === undefined) {
      const { lobby, native } = this.#place
      if (lobby.presence(this.index) !== Presence.attached) return undefined
      const { pid, address, probe } = lobby.card(this.index)
      // Larger than the two words needed: small arrays do not lie still.
      const words = new Int32Array(32)
      this.#pid = pid
      this.#readable =
        native.read(pid, address, new Uint8Array(words.buffer, 0, 8)) && words[0] === probe[0] && words[1] === probe[1]
    }
    return this.#readable ? this.#pid : undefined
  }

  /** Forgets everything. */
  close(): void {
    this.closed = true
    this.reader = undefined
    this.#writer = undefined
    this.backlog.length = 0
    if (this.#bell !== undefined) fs.closeSync(this.#bell)
    this.#bell = undefined
  }

  #makeRing(): void {
    const { lobby, own } = this.#place
    this.#writer = new RingWriter(this.#place.ring(own, this.index))
    lobby.tell(own, this.index, Contact.ring)
  }

  #openBell(): number {
    if (this.#bell === undefined) {
      const { pid, bell, inode } = this.#place.lobby.card(this.index)
      this.#bell = openBell(pid, bell, inode)
    }
    return this.#bell
  }
}
