/** What happens when, in virtual time. Events of one time happen in the order in which they were planned. */

interface Event {
  readonly time: number
  readonly number: number
  readonly action: () => void
}

export class EventQueue {
  now = 0
  #planned = 0
  /** A binary heap: each event is before its two children, at 2i + 1 and 2i + 2. */
  readonly #heap: Event[] = []

  at(time: number, action: () => void): void {
    const heap = this.#heap
    const event = { time, number: this.#planned++, action }
    let place = heap.length
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (isBefore(heap[parent] as Event, event)) break
      heap[place] = heap[parent] as Event
      place = parent
    }
    heap[place] = event
  }

  reach(time: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(time, resolve)
    })
  }

  /** Lets all happen until nothing is planned. What an event's promises set off happens before the next time comes. */
  async drain(): Promise<void> {
    await settled()
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      this.now = event.time
      event.action()
      if (this.#heap[0]?.time !== this.now) await settled()
    }
  }

  #take(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1
      if (isBefore(last, heap[child] as Event)) break
      heap[place] = heap[child] as Event
      place = child
    }
    heap[place] = last
    return first
  }
}

/** Resolves when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(one: Event, other: Event): boolean {
  return one.time < other.time || (one.time === other.time && one.number < other.number)
}
