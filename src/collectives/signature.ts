/**
 * What a collective call is, in 31 bits (what V8 keeps in place) that travel with its messages, so that ranks which call different things find
 * out instead of waiting for ever. Only what all ranks must agree on counts: type and length of a gathered value may
 * differ from rank to rank, those of a summed array may not.
 */
import { isTypedArray, TYPED_ARRAYS } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { checkCountsList, checkOp } from './arguments.ts'
import { arrayName } from './array.ts'
import { agreementOf, describeOp, isBuiltIn } from './built-in.ts'
import type { Agreement, AnyOp } from './built-in.ts'

/** In the order of their codes, which travel. */
export const OPERATIONS = [
  'barrier',
  'broadcast',
  'broadcastInto',
  'scatter',
  'scatterInto',
  'gather',
  'gatherInto',
  'allgather',
  'allgatherInto',
  'alltoall',
  'alltoallInto',
  'reduce',
  'reduceInto',
  'allreduce',
  'allreduceInto',
  'reduceScatter',
  'scan',
  'exclusiveScan',
  'duplicate',
  'split',
  'splitByHost',
  'subset',
  'cartesian',
  'free',
] as const
export type Operation = (typeof OPERATIONS)[number]

/** One rank's call. Fields that the operation has not are left out. */
export interface Call {
  readonly operation: Operation
  readonly root?: number | undefined
  readonly op?: AnyOp | undefined
  /** The operand of a reduction, or the `target` of an Into form. */
  readonly value?: unknown
  readonly counts?: readonly number[] | undefined
  /** Members of a new communicator. */
  readonly ranks?: readonly number[]
  readonly grid?: { readonly dimensions: readonly number[]; readonly periodic: readonly boolean[] }
}

export interface Signature {
  /** Never 0, which stands for point to point. */
  readonly hash: number
  /** `allreduce(Float64Array of length 3, Op.sum)`. Made when asked for. */
  readonly text: string
  /** True when that is certain at a glance: a call like this, without counts or the like, is signed so. */
  isOf(operation: Operation, root: number | undefined, op: AnyOp | undefined, value: unknown): boolean
}

const CODES: ReadonlyMap<string, number> = new Map(OPERATIONS.map((operation, index) => [operation, index + 1]))
const TYPE_CODES: ReadonlyMap<string, number> = new Map(TYPED_ARRAYS.map(({ name }, code) => [name, code]))

export function signatureOf(call: Call): Signature {
  return new CallSignature(call)
}

/**
 * Signs the calls of one communicator. Most are like the one before, and get its signature for a few comparisons. No
 * value is kept: its memory is the caller's.
 */
export class Signer {
  #latest: CallSignature | undefined = undefined

  /** Throws a TypeError where operator or counts are no such thing: before the call counts. */
  sign(call: Call): Signature {
    const latest = this.#latest
    const { operation, root, op, value, counts, ranks, grid } = call
    const isPlain = counts === undefined && ranks === undefined && grid === undefined
    if (isPlain && latest?.isOf(operation, root, op, value) === true) return latest
    if ('op' in call) checkOp(op)
    if (counts !== undefined) checkCountsList(counts)
    return (this.#latest = new CallSignature(call))
  }
}

class CallSignature implements Signature {
  readonly hash: number
  readonly #call: Omit<Call, 'value'>
  /** Of the call: looked at for every one that may be alike. */
  readonly #operation: Operation
  readonly #root: number | undefined
  readonly #op: AnyOp | undefined
  readonly #isPlain: boolean
  /** `Float64Array`, `array`, `number`, …; the value's length where it is a typed array, else 0. */
  readonly #kind: string
  readonly #length: number

  constructor(call: Call) {
    const { value, ...rest } = call
    this.#call = rest
    this.#operation = call.operation
    this.#root = call.root
    this.#op = call.op
    this.#isPlain = call.counts === undefined && call.ranks === undefined && call.grid === undefined
    this.#kind = kindOf(value)
    this.#length = isTypedArray(value) ? value.length : 0
    this.hash = hashOf(call)
  }

  isOf(operation: Operation, root: number | undefined, op: AnyOp | undefined, value: unknown): boolean {
    if (root !== this.#root || op !== this.#op || operation !== this.#operation || !this.#isPlain) return false
    if (value === undefined) return this.#kind === 'undefined'
    return kindOf(value) === this.#kind && (isTypedArray(value) ? value.length : 0) === this.#length
  }

  get text(): string {
    const { operation, root, op, counts, ranks, grid } = this.#call
    const parts: string[] = []
    const agreed = agreement(this.#call)
    if (agreed !== 'nothing' && this.#kind !== 'undefined') {
      const isArray = TYPE_CODES.has(this.#kind) || this.#kind === 'Buffer'
      parts.push(agreed === 'type and count' && isArray ? `${this.#kind} of length ${this.#length}` : this.#kind)
    }
    if (op !== undefined) parts.push(describeOp(op))
    if (root !== undefined) parts.push(`root ${root}`)
    if (counts !== undefined) parts.push(`counts ${counts.join(', ')}`)
    if (ranks !== undefined) parts.push(`[${ranks.join(', ')}]`)
    if (grid !== undefined) parts.push(`[${grid.dimensions.join(', ')}]`, `periodic [${grid.periodic.join(', ')}]`)
    return `${operation}(${parts.join(', ')})`
  }
}

function kindOf(value: unknown): string {
  return isTypedArray(value) ? arrayName(value) : Array.isArray(value) ? 'array' : typeof value
}

/** What all ranks' `value` must have in common. */
function agreement({ operation, op, counts }: Call): Agreement {
  if (op !== undefined) return agreementOf(op)
  switch (operation) {
    case 'broadcastInto':
    case 'alltoallInto':
      return 'type and count'
    case 'allgatherInto':
      // With counts, targets may have more memory behind the blocks.
      return counts === undefined ? 'type and count' : 'type'
    case 'scatterInto':
    case 'gatherInto':
      return 'type'
    default:
      return 'nothing'
  }
}

function hashOf(call: Call): number {
  let hash = mix(0x811c9dc5, CODES.get(call.operation) ?? 0)
  hash = mix(hash, call.root ?? -1)
  if (call.op !== undefined) {
    const { name } = call.op
    for (let i = 0; i < name.length; i++) hash = mix(hash, name.charCodeAt(i))
    hash = mix(hash, isBuiltIn(call.op) ? 1 : 2)
  }
  const agreed = agreement(call)
  if (agreed !== 'nothing') hash = mix(hash, typeCode(call.value))
  if (agreed === 'type and count' && isTypedArray(call.value)) hash = mix(hash, call.value.length)
  if (call.counts !== undefined) for (const count of call.counts) hash = mix(hash, count)
  if (call.ranks !== undefined) for (const rank of call.ranks) hash = mix(hash, rank)
  if (call.grid !== undefined)
    for (const [dimension, extent] of call.grid.dimensions.entries())
      hash = mix(mix(hash, extent), call.grid.periodic[dimension] === true ? 1 : 0)
  return hash >>> 1 || 1
}

/** FNV-1a's step on whole numbers, with a rotation as they have more than a byte. */
function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x01000193)
  return ((product << 13) | (product >>> 19)) >>> 0
}

const KINDS = ['number', 'bigint', 'boolean', 'string', 'object', 'undefined']

function typeCode(value: unknown): number {
  if (isTypedArray(value)) return typeCodeOf(value)
  return 100 + (Array.isArray(value) ? KINDS.length : KINDS.indexOf(typeof value))
}

/** A Buffer counts as the Uint8Array that it is. */
function typeCodeOf(array: TypedArray): number {
  return TYPE_CODES.get(array[Symbol.toStringTag]) ?? -1
}
