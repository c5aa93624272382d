/**
 * A notice board in memory that all ranks of one host share: each rank publishes records, in order, and all the others
 * read each of them, in that order. What p − 1 messages would say is written once. Pure: no system calls; whoever owns it
 * looks, and waits.
 *
 * Each rank has an area in which only it writes:
 *
 *   a line      word 0: how many collectives it has entered; word 1: how many it has begun; of rank 0 also from which on the
 *               board is used (board-adoption)
 *   a line      word 0: it waits until others have taken or seen what it has published
 *   taken       one word for each rank: how many of that rank's records it needs no more
 *   seen        one word for each rank: how many of that rank's records it knows of
 *   records     LINES lines: number from 1 on (and in the lowest bit whether for one of them only), call, signature, bytes
 *               (and for whom), then up to 48 bytes of data. The first word is written last, so a reader watches one line,
 *               which holds a small record
 *   slots       one for each line, for data that is too large for it, but little: up to 1 KiB
 *   data        a ring (data-ring) of what is larger
 *
 * Where ranks can read each other's memory, a record may say where data lies instead: it is lent until all others have
 * taken the record, and may be taken back before. A record may be for one of them only: the others pass over it.
 *
 * A record is written over the one LINES before it, its data over what was there a lap before, when all others, or the one for
 * whom it was, have taken those.
 */
import type { TypedArray } from '../wire/element-type.ts'
import { BoardAdoption } from './board-adoption.ts'
import type { BoardLayout } from './board-layout.ts'
import { BoardMemory } from './board-memory.ts'
import { BoardPublisher, type BoardOptions } from './board-publisher.ts'
import { BoardRecords } from './board-records.ts'
import type { VectorMemory } from './vector-memory.ts'

/** Records with all data in line or slot are given back so many at a time by who does not wait: their writer's line stays where it is. */
const GIVEN_BACK = 16

export class Board extends BoardPublisher {
  /** The memory of which the board is the beginning, if vector instructions can run on it. */
  readonly vectors: VectorMemory | undefined
  /** Called whenever this rank looks for what has arrived: serves who waits for the board. True when it served any. */
  serve: () => boolean = () => false
  /** Somebody waits for what will stand here: `serve` is due at every look, else only now and then. */
  isAwaited = false
  readonly #layout: BoardLayout
  readonly #words: Int32Array
  readonly #records: readonly BoardRecords[]
  readonly #adoption: BoardAdoption
  /** By rank: its records that it knows are needed no more here. */
  readonly #givenBack: number[]

  constructor(memory: ArrayBuffer | VectorMemory, layout: BoardLayout, options: BoardOptions) {
    const views = new BoardMemory(memory instanceof ArrayBuffer ? memory : memory.buffer, layout, options.destination)
    super(views, layout, options)
    this.#layout = layout
    this.vectors = memory instanceof ArrayBuffer ? undefined : memory
    this.#words = views.words
    const records = (rank: number): BoardRecords => new BoardRecords(views, layout, rank)
    this.#records = Array.from({ length: layout.ranks }, (_, rank) =>
      rank === options.own ? this.mine : records(rank),
    )
    this.#givenBack = this.#records.map(() => 0)
    this.#adoption = new BoardAdoption(views.words, layout, options.own, options.isComplete)
  }

  /** A number that grows with every record published or taken. */
  get progress(): number {
    let records = 0
    for (const { count } of this.#records) records += count
    return records
  }

  /** This rank begins a collective. True when it and all later ones are on the board: then this need not be asked again. */
  begins(call: number): boolean {
    return this.#adoption.begins(call)
  }

  /** Finds out whether this rank can read the memory of the others, which have opened the board, and says so. */
  explore(): void {
    this.options.memory.explore()
  }

  /** This rank has entered so many collectives, on the board or not. What it published for them came before. */
  enter(collectives: number): void {
    Atomics.store(this.#words, this.#layout.entered(this.own) >> 2, collectives)
  }

  entered(rank: number): number {
    return Atomics.load(this.#words, this.#layout.entered(rank) >> 2)
  }

  /**
   * Copies what a rank has lent with its next record, at one of its places, and gives the record back. `missing` when it has
   * taken it back meanwhile: then the target may hold anything. `refused` when the system does not allow it.
   */
  borrow(rank: number, target: TypedArray, place = 0): 'read' | 'missing' | 'refused' {
    const records = this.of(rank)
    const { count } = records
    const isRead = target.length === 0 || this.options.memory.read(rank, records.lentAddress(place), target)
    // What the other has changed since it took the record back may have been read.
    if (!this.hasNext(rank) || records.count !== count) return 'missing'
    if (!isRead) return 'refused'
    this.take(rank)
    return 'read'
  }

  /** The records of a rank: what its next one says, of this rank its latest. */
  of(rank: number): BoardRecords {
    return this.#records[rank] as BoardRecords
  }

  /** A rank's next record for this one is there. Those for others are passed over. */
  hasNext(rank: number): boolean {
    return this.of(rank).hasNextFor(this.own)
  }

  /** The same, looking for a moment. */
  hasSoon(rank: number): boolean {
    const { looks, pauses, pause } = this.options
    const records = this.of(rank)
    for (let i = 0; ; i++) {
      for (let k = 0; k < looks; k++) if (records.hasNextFor(this.own)) return true
      if (i === pauses) return false
      pause()
    }
  }

  /** A rank's next record is not needed any more, which it hears soon: when this rank looks for what has arrived, or before. */
  take(rank: number): void {
    const records = this.of(rank)
    const { isLittle } = records
    records.pass()
    if (!isLittle || records.count - (this.#givenBack[rank] as number) >= GIVEN_BACK) this.#giveBack(rank)
  }

  /** Takes note of what others have published, and says so; and what is needed no more. */
  look(): void {
    for (let rank = 0; rank < this.size; rank++) {
      if (rank === this.own) continue
      const records = this.of(rank)
      this.hasNext(rank)
      if (records.look()) this.receipts.saw(rank, records.seen)
      if (records.count !== this.#givenBack[rank]) this.#giveBack(rank)
    }
  }

  #giveBack(rank: number): void {
    const { count } = this.of(rank)
    this.#givenBack[rank] = count
    this.receipts.took(rank, count)
  }
}
