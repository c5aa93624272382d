/** Objects that were met while a value is read: identity is part of the value. */

/** Up to so many objects a look at each is quicker than a Set. */
const FEW = 8

export class Seen {
  readonly #few: object[] = []
  #many: Set<object> | undefined

  /** Forgets all. */
  clear(): void {
    this.#few.length = 0
    this.#many = undefined
  }

  /** False for an object that was added before. */
  add(object: object): boolean {
    const few = this.#few
    if (this.#many === undefined) {
      if (few.includes(object)) return false
      if (few.push(object) > FEW) this.#many = new Set(few)
      return true
    }
    const { size } = this.#many
    return this.#many.add(object).size > size
  }
}
