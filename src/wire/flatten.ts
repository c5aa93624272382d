/**
 * A value becomes a table of nodes (wire/graph), without recursion. Here is decided what a message carries at all: what
 * it does not carry is refused with its path.
 */
import { types } from 'node:util'
import { builtinName, describeClass, bytesOfThisRealm } from './builtin.ts'
import { ERRORS, MINUS_ZERO, Shape, type Node, type Slot } from './graph.ts'
import { hasKeysBesideIndexes, hasOwnKeys, isCarriedString } from './plain.ts'

/** Nested deeper, a value is refused. */
export const DEPTH_LIMIT = 10_000

const LEGAL =
  'a message carries primitives, plain objects, arrays, Map, Set, Date, RegExp, Error, ArrayBuffer, Buffer, DataView and typed arrays'

/** The table of a value. Throws a `TypeError` with the path of what no message carries, a `RangeError` when too deep. */
export function flatten(value: unknown): Node[] {
  return new Flattening(value).table
}

/** Where a node was first met. */
interface Origin {
  readonly parent: Origin | undefined
  readonly step: string | number
  readonly depth: number
}

class Flattening {
  readonly table: Node[] = []
  readonly #objects: object[] = []
  readonly #origins: Origin[] = []
  readonly #indexes = new Map<object, number>()
  /** Of the node that is being described. */
  #origin: Origin = { parent: undefined, step: 'value', depth: 0 }

  constructor(root: unknown) {
    if (typeof root === 'object' && root !== null) this.#refer(root, undefined)
    else this.table.push([Shape.string, this.#slot(root, '')])
    // Breadth first, without recursion: describing an object adds those that it refers to.
    for (let i = 0; i < this.#objects.length; i++) {
      this.#origin = this.#origins[i] as Origin
      this.table.push(this.#describe(this.#objects[i] as object))
    }
  }

  #slot(value: unknown, step: string | number): Slot {
    switch (typeof value) {
      case 'object':
        return value === null ? null : this.#refer(value, step)
      case 'string':
        return isCarriedString(value) ? value : codeUnits(value)
      case 'number':
        return Object.is(value, -0) ? [MINUS_ZERO] : value
      case 'function':
      case 'symbol':
        throw new TypeError(`${this.#path(step)} is a ${typeof value}: ${LEGAL}`)
      default:
        return value
    }
  }

  #refer(value: object, step: string | number | undefined): Slot {
    let index = this.#indexes.get(value)
    if (index === undefined) {
      index = this.#objects.length
      if (step === undefined) this.#origins.push(this.#origin)
      else {
        if (this.#origin.depth === DEPTH_LIMIT)
          throw new RangeError(`value is nested deeper than ${DEPTH_LIMIT} levels, the most that a message carries`)
        this.#origins.push({ parent: this.#origin, step, depth: this.#origin.depth + 1 })
      }
      this.#objects.push(value)
      this.#indexes.set(value, index)
    }
    return [index]
  }

  #describe(value: object): Node {
    const name = builtinName(value)
    if (name === undefined) throw new TypeError(`${this.#path()} is ${describeClass(value)}: ${LEGAL}`)
    if (types.isNativeError(value) || value instanceof Error) return this.#describeError(value)
    if (ArrayBuffer.isView(value) || types.isArrayBuffer(value)) return [Shape.bytes, bytesOfThisRealm(value)]
    if (Array.isArray(value)) return this.#describeArray(value)
    if (name === 'Object') return this.#describeKeys(value, [Shape.object])
    if (name === 'null') return this.#describeKeys(value, [Shape.nullObject])
    if (hasOwnKeys(value))
      throw new TypeError(`${this.#path()} is a ${name} with properties of its own: a message cannot carry them`)
    if (types.isMap(value)) {
      const node: Node = [Shape.map]
      for (const [key, element] of value) {
        const number = (node.length - 1) / 2
        const step = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.get(key ${number})`
        node.push(this.#slot(key, ` key ${number}`), this.#slot(element, step))
      }
      return node
    }
    if (types.isSet(value)) {
      const node: Node = [Shape.set]
      for (const element of value) node.push(this.#slot(element, ` element ${node.length - 1}`))
      return node
    }
    if (types.isDate(value)) {
      const time = value.getTime()
      return [Shape.date, Number.isNaN(time) ? undefined : time]
    }
    const { source, flags, lastIndex } = value as RegExp
    return [Shape.regExp, this.#slot(source, '.source'), flags, this.#slot(lastIndex, '.lastIndex')]
  }

  #describeArray(array: readonly unknown[]): Node {
    this.#refuseSymbolKeys(array)
    let isDense = !hasKeysBesideIndexes(array)
    const node: Node = [Shape.array]
    for (let i = 0; isDense && i < array.length; i++) {
      const element = array[i]
      if (element === undefined && !(i in array)) isDense = false
      else node.push(this.#slot(element, i))
    }
    return isDense ? node : this.#describeKeys(array, [Shape.sparseArray, array.length])
  }

  #describeKeys(value: object, node: Node): Node {
    this.#refuseSymbolKeys(value)
    const isArray = Array.isArray(value)
    for (const key of Object.keys(value)) {
      const step = isArray && String(Number(key)) === key ? Number(key) : key
      node.push(this.#slot(key, ''), this.#slot((value as Record<string, unknown>)[key], step))
    }
    return node
  }

  /** Keeps the class if it is one of the language's, and the properties, own or inherited, by which errors are told. */
  #describeError(error: Error): Node {
    const base = ERRORS.findLast((type) => error instanceof type)?.name ?? 'Error'
    const hidden = new Map<string, unknown>()
    for (const key of ['message', 'stack', 'cause', 'errors', 'code'])
      if (Object.hasOwn(error, key) ? !isEnumerable(error, key) : (Reflect.get(error, key) ?? '') !== '')
        hidden.set(key, Reflect.get(error, key))
    const name: unknown = error.name
    if (name !== base && !isEnumerable(error, 'name')) hidden.set('name', name)
    const node: Node = [Shape.error, base, hidden.size]
    for (const [key, value] of hidden) node.push(key, this.#slot(value, key))
    for (const key of Object.keys(error)) node.push(this.#slot(key, ''), this.#slot(Reflect.get(error, key), key))
    return node
  }

  #refuseSymbolKeys(value: object): void {
    const symbol = Object.getOwnPropertySymbols(value)[0]
    if (symbol !== undefined)
      throw new TypeError(`${this.#path()} has a symbol as key, ${String(symbol)}: a message cannot carry it`)
  }

  #path(step?: string | number): string {
    const steps: string[] = step === undefined || step === '' ? [] : [stepText(step)]
    for (let origin: Origin | undefined = this.#origin; origin !== undefined; origin = origin.parent)
      steps.push(origin.parent === undefined ? 'value' : stepText(origin.step))
    return steps.toReversed().join('')
  }
}

function isEnumerable(object: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(object, key)
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  if (step.startsWith(' ') || step.startsWith('.')) return step
  return /^[A-Za-z_$][\w$]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
}

function codeUnits(text: string): Uint16Array {
  const units = new Uint16Array(text.length)
  Buffer.from(units.buffer).write(text, 'utf16le')
  return units
}
