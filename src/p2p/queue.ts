/**
 * One of the two queues of matching: entries in the order in which they came, to be found by what they match.
 *
 * As a rule the entry that matches stands near the front, and the queue is a plain list. Only when a search has passed
 * many others is an index built (lanes by source and tag), which stays until the queue is empty; from then on no
 * operation depends on how many entries there are.
 */
import { ANY_SOURCE, ANY_TAG, matches, type Envelope, type Pattern } from '../wire/envelope.ts'
import { Item, kindOf, Lanes } from './lanes.ts'

/** Entries that a search looks at before it builds the index. */
const SCAN = 16
/** A list that once was longer than this is given back when it is empty. */
const KEPT = 1024
const KINDS = 4

/** What both queues share. A subclass says what an entry is found by. */
abstract class Queue<E extends Envelope> implements Iterable<E> {
  /** The list is `list[head]` to `list[tail - 1]`, unless there is an index. */
  #list: (E | undefined)[] = []
  #head = 0
  #tail = 0
  #index: Map<E, Item<E>> | undefined
  #order = 0
  protected lanes = new Lanes<E>()

  get size(): number {
    return this.#index === undefined ? this.#tail - this.#head : this.#index.size
  }

  /** Earliest first. */
  *[Symbol.iterator](): Iterator<E> {
    if (this.#index !== undefined) yield* this.#index.keys()
    else for (let i = this.#head; i < this.#tail; i++) yield this.#list[i] as E
  }

  add(entry: E): void {
    if (this.#index === undefined) this.#list[this.#tail++] = entry
    else this.#file(this.#index, entry)
  }

  /** The earliest entry that matches, without removing it. */
  find(key: Envelope): E | undefined {
    if (this.#index === undefined) {
      const end = Math.min(this.#tail, this.#head + SCAN)
      for (let i = this.#head; i < end; i++) {
        const entry = this.#list[i] as E
        if (this.isMatch(entry, key)) return entry
      }
      if (end === this.#tail) return undefined
      this.#buildIndex()
    }
    return this.lookUp(key)?.entry
  }

  /** The earliest entry that matches, removed. */
  take(key: Envelope): E | undefined {
    if (this.#index === undefined) {
      const end = Math.min(this.#tail, this.#head + SCAN)
      for (let i = this.#head; i < end; i++) {
        const entry = this.#list[i] as E
        if (this.isMatch(entry, key)) {
          this.#cut(i)
          return entry
        }
      }
      if (end === this.#tail) return undefined
      this.#buildIndex()
    }
    const item = this.lookUp(key)
    if (item !== undefined) this.#unfile(item)
    return item?.entry
  }

  /** Takes one entry out. False when it is not here. */
  remove(entry: E): boolean {
    if (this.#index === undefined) {
      const end = Math.min(this.#tail, this.#head + SCAN)
      for (let i = this.#head; i < end; i++)
        if (this.#list[i] === entry) {
          this.#cut(i)
          return true
        }
      if (end === this.#tail) return false
    }
    const item = this.#buildIndex().get(entry)
    if (item !== undefined) this.#unfile(item)
    return item !== undefined
  }

  /** Takes out all entries of a context. */
  forget(context: number): E[] {
    if (this.size === 0) return []
    this.#buildIndex()
    const items = this.ofContext(context)
    for (const item of items) this.#unfile(item)
    return items.map((item) => item.entry)
  }

  protected abstract isMatch(entry: E, key: Envelope): boolean
  protected abstract lookUp(key: Envelope): Item<E> | undefined
  /** An item has come into the index. */
  protected abstract filed(item: Item<E>): void
  /** An item has left the index. */
  protected abstract unfiled(item: Item<E>): void
  protected abstract ofContext(context: number): readonly Item<E>[]

  protected items(): Iterable<Item<E>> {
    return this.#index?.values() ?? []
  }

  /** Takes `list[at]` out; what stands before it, at most `SCAN` entries, moves up. */
  #cut(at: number): void {
    const list = this.#list
    for (let i = at; i > this.#head; i--) list[i] = list[i - 1]
    list[this.#head++] = undefined
    if (this.#head === this.#tail) {
      this.#head = this.#tail = 0
      if (list.length > KEPT) this.#list = []
    } else if (this.#head > KEPT && this.#head * 2 > this.#tail) {
      list.splice(0, this.#head)
      this.#tail -= this.#head
      this.#head = 0
      list.length = this.#tail
    }
  }

  #buildIndex(): Map<E, Item<E>> {
    if (this.#index !== undefined) return this.#index
    const index = (this.#index = new Map<E, Item<E>>())
    for (let i = this.#head; i < this.#tail; i++) this.#file(index, this.#list[i] as E)
    this.#list = []
    this.#head = this.#tail = 0
    return index
  }

  #file(index: Map<E, Item<E>>, entry: E): void {
    const item = new Item(entry, this.#order++)
    index.set(entry, item)
    this.filed(item)
  }

  #unfile(item: Item<E>): void {
    this.lanes.remove(item)
    this.unfiled(item)
    this.#index?.delete(item.entry)
    if (this.#index?.size === 0) {
      this.#index = undefined
      this.reset()
    }
  }

  protected reset(): void {
    this.lanes = new Lanes<E>()
  }
}

/** Messages that came before their receives: found by pattern. */
export class Unexpected<M extends Envelope> extends Queue<M> {
  /** Kinds of patterns that were looked for, for which every item stands in a lane. */
  #kinds: boolean[] = []

  protected override isMatch(message: M, pattern: Pattern): boolean {
    return matches(pattern, message)
  }

  protected override lookUp(pattern: Pattern): Item<M> | undefined {
    const kind = kindOf(pattern)
    if (this.#kinds[kind] !== true) {
      this.#kinds[kind] = true
      for (const item of this.items()) this.#append(item, kind)
    }
    return this.lanes.first(pattern.context, pattern.source, pattern.tag)
  }

  protected override filed(item: Item<M>): void {
    for (let kind = 0; kind < KINDS; kind++) if (this.#kinds[kind] === true) this.#append(item, kind)
  }

  protected override unfiled(): void {}

  protected override ofContext(context: number): readonly Item<M>[] {
    this.lookUp({ context, source: ANY_SOURCE, tag: ANY_TAG })
    return this.lanes.ofContext(context)
  }

  protected override reset(): void {
    super.reset()
    this.#kinds = []
  }

  #append(item: Item<M>, kind: number): void {
    const { context, source, tag } = item.entry
    this.lanes.append(item, context, (kind & 1) === 0 ? source : ANY_SOURCE, (kind & 2) === 0 ? tag : ANY_TAG)
  }
}

/** Receives that wait for their messages: found by envelope. */
export class Posted<R extends Pattern> extends Queue<R> {
  /** Items of each kind of pattern. */
  #ofKind = [0, 0, 0, 0]

  protected override isMatch(receive: R, envelope: Envelope): boolean {
    return matches(receive, envelope)
  }

  protected override lookUp({ context, source, tag }: Envelope): Item<R> | undefined {
    let earliest: Item<R> | undefined
    for (let kind = 0; kind < KINDS; kind++) {
      if (this.#ofKind[kind] === 0) continue
      const item = this.lanes.first(context, (kind & 1) === 0 ? source : ANY_SOURCE, (kind & 2) === 0 ? tag : ANY_TAG)
      if (item !== undefined && (earliest === undefined || item.order < earliest.order)) earliest = item
    }
    return earliest
  }

  protected override filed(item: Item<R>): void {
    const { context, source, tag } = item.entry
    this.#count(item, 1)
    this.lanes.append(item, context, source, tag)
  }

  protected override unfiled(item: Item<R>): void {
    this.#count(item, -1)
  }

  protected override ofContext(context: number): readonly Item<R>[] {
    return this.lanes.ofContext(context)
  }

  #count(item: Item<R>, change: number): void {
    const kind = kindOf(item.entry)
    this.#ofKind[kind] = (this.#ofKind[kind] ?? 0) + change
  }
}
