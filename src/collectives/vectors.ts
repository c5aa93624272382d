/**
 * The operators' loops (see kernels) by vector instructions, for arrays that lie in memory for them: three to five times as
 * quick, of 64-bit integers twenty times. The results are the same, bit for bit (but for the bits of a NaN).
 */
import type { Assembly } from './assembly.ts'
import { slice } from './array.ts'
import type { Channel } from './channel.ts'
import * as kernels from './kernels.ts'
import type { Kernel, Kernels } from './kernels.ts'
import { vectorModule } from './vector-code.ts'
import type { TypedArray, TypedArrayName } from '../wire/element-type.ts'

/** Where they run. */
export interface VectorMemory {
  readonly buffer: ArrayBuffer
  /** The function `loop` of a module (see vector-code). Throws where the processor has no vector instructions. */
  link(code: Uint8Array): (left: number, right: number, target: number, end: number) => void
}

type Instructions = Partial<Record<TypedArrayName, number>>

/** `perLane` for lanes of 8, 16, 32 and 64 bits. */
function integers(perLane: readonly (number | undefined)[], unsigned = perLane): Instructions {
  const names = ['Int8Array', 'Int16Array', 'Int32Array', 'BigInt64Array'] as const
  const others = ['Uint8Array', 'Uint16Array', 'Uint32Array', 'BigUint64Array'] as const
  const known: Instructions = {}
  for (const [i, name] of names.entries()) {
    const other = others[i] as TypedArrayName
    if (perLane[i] !== undefined) known[name] = perLane[i]
    if (unsigned[i] !== undefined) known[other] = unsigned[i]
  }
  return known
}

function bits(instruction: number): Instructions {
  return { ...integers([instruction, instruction, instruction, instruction]), Uint8ClampedArray: instruction }
}

/** By operator and type the number of its instruction; where there is none, the loop in JavaScript serves. */
const INSTRUCTIONS: readonly (readonly [Kernels, Instructions])[] = [
  [
    kernels.sum,
    { ...integers([0x6e, 0x8e, 0xae, 0xce]), Uint8ClampedArray: 0x70, Float32Array: 0xe4, Float64Array: 0xf0 },
  ],
  [kernels.prod, { ...integers([undefined, 0x95, 0xb5, 0xd5]), Float32Array: 0xe6, Float64Array: 0xf2 }],
  [
    kernels.min,
    {
      ...integers([0x76, 0x96, 0xb6], [0x77, 0x97, 0xb7]),
      ...{ Uint8ClampedArray: 0x77, Float32Array: 0xe8, Float64Array: 0xf4 },
    },
  ],
  [
    kernels.max,
    {
      ...integers([0x78, 0x98, 0xb8], [0x79, 0x99, 0xb9]),
      ...{ Uint8ClampedArray: 0x79, Float32Array: 0xe9, Float64Array: 0xf5 },
    },
  ],
  [kernels.band, bits(0x4e)],
  [kernels.bor, bits(0x50)],
  [kernels.bxor, bits(0x51)],
]

const ROUND = 64

export class Vectors {
  readonly memory: VectorMemory
  readonly #kernels = new Map<Kernel, Map<string, Kernel | undefined>>()

  constructor(memory: VectorMemory) {
    this.memory = memory
  }

  /** The same as `kernel`, for arrays of the type of `like` that all lie in the memory; undefined where there is none. */
  kernel(kernel: Kernel, like: TypedArray): Kernel | undefined {
    const type = like[Symbol.toStringTag]
    let made = this.#kernels.get(kernel)
    if (made === undefined) this.#kernels.set(kernel, (made = new Map()))
    if (!made.has(type)) made.set(type, this.#make(kernel, instructionOf(kernel, like)))
    return made.get(type)
  }

  #make(kernel: Kernel, instruction: number | undefined): Kernel | undefined {
    if (instruction === undefined) return undefined
    let loop: ReturnType<VectorMemory['link']>
    try {
      loop = this.memory.link(vectorModule(instruction))
    } catch {
      return undefined
    }
    return (left, right, target) => {
      const { byteLength, byteOffset, length } = target
      const whole = byteLength & -ROUND
      if (whole > 0) loop(left.byteOffset, right.byteOffset, byteOffset, byteOffset + whole)
      if (whole === byteLength) return
      const done = whole / target.BYTES_PER_ELEMENT
      const rest = length - done
      kernel(slice(left, done, rest), slice(right, done, rest), slice(target, done, rest))
    }
  }
}

/** Of the ranks around a board; undefined where vector instructions cannot run on what they publish. */
export function vectorsOf({ scratch }: Channel, { vectors }: Assembly): Vectors | undefined {
  return vectors && scratch.vectors(vectors)
}

function instructionOf(kernel: Kernel, like: TypedArray): number | undefined {
  const row = INSTRUCTIONS.find(([loops]) => kernels.kernelOf(loops, like) === kernel)
  return row?.[1][like[Symbol.toStringTag]]
}
