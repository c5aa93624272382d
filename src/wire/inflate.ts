/** A table of nodes (wire/graph), of whatever origin, becomes the value that it describes. */
import { ERRORS, MINUS_ZERO, Shape, type Node, type Slot } from './graph.ts'

/** The value that a table describes. Throws an `Error` that says what is wrong with a table that `flatten` never made. */
export function inflate(table: unknown): unknown {
  if (!isNodes(table)) throw new Error('no table of nodes')
  const objects = table.map(shell)
  const value = (slot: Slot): unknown => {
    if (Array.isArray(slot)) {
      const index: unknown = slot[0]
      if (index === MINUS_ZERO) return -0
      if (typeof index !== 'number' || objects[index] === undefined)
        throw new Error('reference to a node that is not there')
      return objects[index]
    }
    if (slot instanceof Uint16Array) return textOf(slot)
    if (typeof slot === 'object' ? slot !== null : typeof slot === 'function') throw new Error('no primitive in a slot')
    return slot
  }
  const define = (object: object, node: Node, from: number, hiddenUntil = from): void => {
    for (let i = from; i < node.length; i += 2) {
      const key = value(node[i])
      if (typeof key !== 'string' || i + 1 === node.length) throw new Error('a key that is no string')
      const property = { value: value(node[i + 1]), enumerable: i >= hiddenUntil, writable: true, configurable: true }
      Object.defineProperty(object, key, property)
    }
  }
  table.forEach((node, index) => {
    const object = objects[index] as object
    switch (node[0]) {
      case Shape.array:
        for (let i = 1; i < node.length; i++) (object as unknown[]).push(value(node[i]))
        break
      case Shape.sparseArray:
      case Shape.object:
      case Shape.nullObject:
        define(object, node, node[0] === Shape.sparseArray ? 2 : 1)
        break
      case Shape.error:
        define(object, node, 3, 3 + 2 * (node[2] as number))
        break
      case Shape.map:
        for (let i = 1; i < node.length; i += 2)
          (object as Map<unknown, unknown>).set(value(node[i]), value(node[i + 1]))
        break
      case Shape.set:
        for (let i = 1; i < node.length; i++) (object as Set<unknown>).add(value(node[i]))
        break
      default: // complete since it was made
    }
  })
  return table[0]?.[0] === Shape.string ? value(table[0][1]) : objects[0]
}

/** The object of a node, still empty if it can refer to others. */
function shell(node: Node): object {
  const [kind, first, second, third] = node
  switch (kind) {
    case Shape.array:
    case Shape.string:
      return []
    case Shape.sparseArray: {
      const array: unknown[] = []
      array.length = first as number
      return array
    }
    case Shape.object:
      return {}
    case Shape.nullObject:
      return Object.create(null) as object
    case Shape.map:
      return new Map()
    case Shape.set:
      return new Set()
    case Shape.date:
      return new Date(typeof first === 'number' ? first : NaN)
    case Shape.regExp: {
      const source = first instanceof Uint16Array ? textOf(first) : first
      if (typeof source !== 'string' || typeof second !== 'string' || typeof third !== 'number')
        throw new Error('no regular expression')
      const expression = new RegExp(source, second)
      expression.lastIndex = third
      return expression
    }
    case Shape.error: {
      const type = ERRORS.find(({ name }) => name === first) ?? Error
      const error = type === AggregateError ? new AggregateError([]) : new (type as ErrorConstructor)()
      // Its own stack is this process's: the sender's, if any, comes as a property.
      Reflect.deleteProperty(error, 'stack')
      return error
    }
    case Shape.bytes:
      if (!ArrayBuffer.isView(first) && !(first instanceof ArrayBuffer)) throw new Error('no bytes in a node of bytes')
      return first
    default:
      throw new Error(`node of unknown shape ${String(kind)}`)
  }
}

function isNodes(table: unknown): table is Node[] {
  return Array.isArray(table) && table.length > 0 && table.every((node) => Array.isArray(node))
}

function textOf(units: Uint16Array): string {
  return Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString('utf16le')
}
