/** Objects that were met while a value is read: identity is part of the value. */

/** Up to so many objects a look at each is quicker than a Set. */
const FEW = 8

export class Seen {
  readonly #few: (object | undefined)[] = Array.from({ length: FEW }, () => undefined)
  #count = 0
  #many: Set<object> | undefined

  /** Forgets all. */
  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#few[i] = undefined
    this.#count = 0
    this.#many = undefined
  }

  /** False for an object that was added before. */
  add(object: object): boolean {
    if (this.#many === undefined) {
      const few = this.#few
      const count = this.#count
      for (let i = 0; i < count; i++) if (few[i] === object) return false
      if (count < FEW) {
        few[count] = object
        this.#count++
        return true
      }
      this.#many = new Set(few as object[])
    }
    const { size } = this.#many
    return this.#many.add(object).size > size
  }
}
