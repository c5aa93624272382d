/** A queue whose front may be taken in constant time however long it is: an array moves all that stays. */

/** Taken places that may stand before the front. */
const SPENT = 1024

export class Fifo<T> implements Iterable<T> {
  #list: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#list.length - this.#head
  }

  get first(): T | undefined {
    return this.#list[this.#head]
  }

  push(entry: T): void {
    this.#list.push(entry)
  }

  /** Takes the front out. */
  shift(): void {
    if (this.#head === this.#list.length) return
    this.#list[this.#head++] = undefined
    if (this.#head === this.#list.length) {
      this.#list = []
      this.#head = 0
    } else if (this.#head > SPENT && this.#head * 2 > this.#list.length) {
      this.#list = this.#list.slice(this.#head)
      this.#head = 0
    }
  }

  /** Takes one entry out, quickly near the front. False when it is not here. */
  remove(entry: T): boolean {
    const at = this.#list.indexOf(entry, this.#head)
    if (at === this.#head) this.shift()
    else if (at > 0) this.#list.splice(at, 1)
    return at >= 0
  }

  /** Takes all out. */
  clear(): T[] {
    const entries = [...this]
    this.#list = []
    this.#head = 0
    return entries
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = this.#head; i < this.#list.length; i++) yield this.#list[i] as T
  }
}
