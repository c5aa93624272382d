/**
 * The part of the segment where ranks meet: who is there, who sleeps, who has something new for whom. All of it is
 * single words, written and read atomically; what is read is only ever compared or checked, never trusted.
 */
import type { SegmentLayout } from './segment.ts'

/** What a rank has said of itself. */
export const Presence = Object.freeze({ absent: 0, attached: 1, refused: 2, left: 3 } as const)
/** What a rank needs to be woken for. */
export const Sleep = Object.freeze({
  /** Nothing: it looks by itself. */
  awake: 0,
  /** Packets, and room for what it has queued. */
  asleep: 1,
  /** Only room for what it has queued: its program does not wait for packets now. */
  full: 2,
} as const)
/** What one rank has told another: bits, set once. */
export const Contact = Object.freeze({
  /** I have something for you and wait until you are there. */
  waits: 1,
  /** My ring to you is ready. */
  ring: 2,
  /** What is in my ring is all that you will ever get. */
  left: 4,
  /** What I send to you comes another way. */
  elsewhere: 8,
} as const)

/** What a rank has said of the board. */
const HAS_BOARD = 1
const READS_ALL = 2

/** How others reach a process. */
export interface Card {
  readonly pid: number
  /** Descriptor of the writing end of its bell, and the pipe's inode, modulo 2^32. */
  readonly bell: number
  readonly inode: number
  /** Where in its memory lie the two words `probe`, for who wants to know whether it can read there. */
  readonly address: number
  readonly probe: readonly [number, number]
}

/** In the header of the segment. */
const REFUSALS = 8
// In each slot.
const PRESENCE = 0
const SLEEP = 1
const KNOCKS = 2
const CARD = 3
const BOARD = 10
const CORE = 11

/** Where a rank that cannot map the segment writes that it goes without, as pairs of byte offset and word. */
export function refusal(layout: SegmentLayout, own: number): readonly (readonly [number, number])[] {
  return [
    [layout.slot(own) + 4 * PRESENCE, Presence.refused],
    [4 * REFUSALS, own + 1],
  ]
}

export class Lobby {
  readonly #words: Int32Array
  readonly #layout: SegmentLayout
  readonly #own: number
  /** Of both words what was last heard. */
  #knocks = 0
  #refusals = 0

  /** `own` is the index of this process. */
  constructor(memory: ArrayBuffer, layout: SegmentLayout, own: number) {
    this.#words = new Int32Array(memory)
    this.#layout = layout
    this.#own = this.#slot(own)
  }

  #slot(index: number): number {
    return this.#layout.slot(index) / 4
  }

  /** Appears. From now on others may send. */
  attach(card: Card): void {
    const words = this.#words
    const at = this.#own + CARD
    words[at] = card.pid
    words[at + 1] = card.bell
    words[at + 2] = card.inode
    words[at + 3] = card.address
    words[at + 4] = card.address / 0x1_0000_0000
    words[at + 5] = card.probe[0]
    words[at + 6] = card.probe[1]
    Atomics.store(words, this.#own + PRESENCE, Presence.attached)
  }

  leave(): void {
    Atomics.store(this.#words, this.#own + PRESENCE, Presence.left)
  }

  presence(index: number): number {
    return Atomics.load(this.#words, this.#slot(index) + PRESENCE)
  }

  card(index: number): Card {
    const word = (offset: number): number => this.#words[this.#slot(index) + CARD + offset] as number
    return {
      pid: word(0),
      bell: word(1),
      inode: word(2) >>> 0,
      address: (word(3) >>> 0) + (word(4) >>> 0) * 0x1_0000_0000,
      probe: [word(5), word(6)],
    }
  }

  /** This rank can read and write the board. */
  openBoard(): void {
    Atomics.store(this.#words, this.#own + BOARD, HAS_BOARD)
  }

  /** This rank, which has the board, can read the memory of all others. */
  readsAll(): void {
    Atomics.store(this.#words, this.#own + BOARD, HAS_BOARD | READS_ALL)
  }

  /** True when a rank has said that it can. */
  hasBoard(index: number): boolean {
    return (Atomics.load(this.#words, this.#slot(index) + BOARD) & HAS_BOARD) !== 0
  }

  isReader(index: number): boolean {
    return (Atomics.load(this.#words, this.#slot(index) + BOARD) & READS_ALL) !== 0
  }

  /** Says on which core this rank runs. */
  setCore(core: number): void {
    Atomics.store(this.#words, this.#own + CORE, core + 1)
  }

  /** On which core a rank ran when it last said so; undefined while it has not, or sleeps, or is not there. */
  core(index: number): number | undefined {
    if (this.presence(index) !== Presence.attached || this.sleep(index) === Sleep.asleep) return undefined
    const said = Atomics.load(this.#words, this.#slot(index) + CORE)
    return said === 0 ? undefined : said - 1
  }

  /** Says what this rank must be woken for. Then look once more before sleeping. */
  setSleep(sleep: number): void {
    Atomics.store(this.#words, this.#own + SLEEP, sleep)
  }

  sleep(index: number): number {
    return Atomics.load(this.#words, this.#slot(index) + SLEEP)
  }

  /** Marks a rank that is about to be woken as awake. False when somebody else did, or it was. */
  rouse(index: number): boolean {
    return Atomics.exchange(this.#words, this.#slot(index) + SLEEP, Sleep.awake) !== Sleep.awake
  }

  /** Tells `to` something. */
  tell(from: number, to: number, contact: number): void {
    Atomics.or(this.#words, this.#layout.contact(from, to) / 4, contact)
    Atomics.add(this.#words, this.#slot(to) + KNOCKS, 1)
  }

  told(from: number, to: number, contact: number): boolean {
    return (Atomics.load(this.#words, this.#layout.contact(from, to) / 4) & contact) !== 0
  }

  /** True when somebody has told this rank something, or refused, since it last heard. */
  get hasNews(): boolean {
    return (
      Atomics.load(this.#words, this.#own + KNOCKS) !== this.#knocks ||
      Atomics.load(this.#words, REFUSALS) !== this.#refusals
    )
  }

  /** Takes note of the news; then look what was told. True when a rank has refused. */
  hear(): boolean {
    this.#knocks = Atomics.load(this.#words, this.#own + KNOCKS)
    const before = this.#refusals
    this.#refusals = Atomics.load(this.#words, REFUSALS)
    return this.#refusals !== before
  }
}
