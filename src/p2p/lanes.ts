/**
 * Many first-in first-out queues ("lanes") over the same items, found by context, source and tag, in which source and tag
 * may also be wildcards. An item may stand in several lanes and leaves all of them at once, in constant time.
 */
import { ANY_SOURCE, ANY_TAG, TAG_MAX, type Pattern } from '../wire/envelope.ts'

/** A queued message or receive. Items compare by `order`: the smaller came first. */
export class Item<E> {
  readonly entry: E
  readonly order: number
  /** Its places, each knowing the next: most items have one, for which an array is large. */
  link: Link<E> | undefined = undefined

  constructor(entry: E, order: number) {
    this.entry = entry
    this.order = order
  }
}

/** The place of an item in one lane. */
interface Link<E> {
  readonly item: Item<E>
  readonly lane: Lane<E>
  /** Neighbours in the lane. */
  previous: Link<E> | undefined
  next: Link<E> | undefined
  /** Of the same item, in another lane. */
  readonly other: Link<E> | undefined
}

interface Lane<E> {
  readonly context: number
  readonly key: number
  first: Link<E> | undefined
  last: Link<E> | undefined
}

export class Lanes<E> {
  /** By context, then by key. A lane without items does not exist. */
  readonly #contexts = new Map<number, Map<number, Lane<E>>>()

  /** Puts the item last into the lane of this pattern. */
  append(item: Item<E>, context: number, source: number, tag: number): void {
    let lanes = this.#contexts.get(context)
    if (lanes === undefined) this.#contexts.set(context, (lanes = new Map<number, Lane<E>>()))
    const key = keyOf(source, tag)
    let lane = lanes.get(key)
    if (lane === undefined) lanes.set(key, (lane = { context, key, first: undefined, last: undefined }))
    const link: Link<E> = { item, lane, previous: lane.last, next: undefined, other: item.link }
    if (lane.last === undefined) lane.first = link
    else lane.last.next = link
    lane.last = link
    item.link = link
  }

  /** The first item in the lane of this pattern. */
  first(context: number, source: number, tag: number): Item<E> | undefined {
    return this.#contexts.get(context)?.get(keyOf(source, tag))?.first?.item
  }

  remove(item: Item<E>): void {
    for (let { link } = item; link !== undefined; link = link.other) {
      const { lane, previous, next } = link
      if (previous === undefined) lane.first = next
      else previous.next = next
      if (next === undefined) lane.last = previous
      else next.previous = previous
      if (lane.first === undefined) this.#forget(lane)
    }
  }

  /** All items of a context, each once, earliest first. */
  ofContext(context: number): Item<E>[] {
    const items = new Set<Item<E>>()
    for (const lane of this.#contexts.get(context)?.values() ?? [])
      for (let link = lane.first; link !== undefined; link = link.next) items.add(link.item)
    return [...items].toSorted((a, b) => a.order - b.order)
  }

  #forget({ context, key }: Lane<E>): void {
    const lanes = this.#contexts.get(context)
    lanes?.delete(key)
    if (lanes?.size === 0) this.#contexts.delete(context)
  }
}

/** Whether a pattern names its source and tag: one of 0 … 3. */
export function kindOf({ source, tag }: Pattern): number {
  return (source === ANY_SOURCE ? 1 : 0) + (tag === ANY_TAG ? 2 : 0)
}

/** One exact number for source and tag: of 2^20 processes and 2^31 tags. */
function keyOf(source: number, tag: number): number {
  return (source - ANY_SOURCE) * (TAG_MAX + 2) + (tag - ANY_TAG)
}
