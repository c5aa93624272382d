/** The values that travel: the same for every contestant. */
import type { Payload } from './task.ts'

export interface ParticleRecord {
  readonly id: number
  readonly name: string
  readonly mass: number
  readonly position: readonly number[]
  readonly charged: boolean
}

export function record(id: number): ParticleRecord {
  return { id, name: `particle ${id}`, mass: 1.5, position: [0.125, id / 8, -3.5], charged: id % 2 === 1 }
}

export function makeArray(bytes: number): Float64Array {
  return Float64Array.from({ length: bytes / 8 }, (_, index) => index)
}

export function makePayload(payload: Payload, size: number): unknown {
  if (payload === 'array') return makeArray(size)
  if (payload === 'field') return { step: 3, field: makeArray(size) }
  if (payload === 'record') return record(7)
  return Array.from({ length: size }, (_, index) => record(index))
}

/** Throws unless `echo` is what was sent: a benchmark of wrong answers is worth nothing. Buffers may come back as bytes. */
export function checkEcho(payload: Payload, size: number, echo: unknown): void {
  if (!isRight(payload, size, echo)) throw new Error(`the echo of ${payload} of size ${size} is not what was sent`)
}

function isRight(payload: Payload, size: number, echo: unknown): boolean {
  if (payload === 'array')
    return ArrayBuffer.isView(echo) && echo.byteLength === size && lastElement(echo) === size / 8 - 1
  if (payload !== 'field') return JSON.stringify(echo) === JSON.stringify(makePayload(payload, size))
  const { step, field } = echo as { step?: unknown; field?: unknown }
  return step === 3 && isRight('array', size, field)
}

function lastElement(bytes: ArrayBufferView): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(bytes.byteLength - 8, true)
}
