/** Puts a value that has arrived into memory that the caller owns. */
import { MpiError } from '../errors.ts'
import { isTypedArray } from '../wire/element-type.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { assign, describeValue, sameType } from './array.ts'

/** Copies `value` into `target`. Throws `ERR_MISMATCH` unless it is a typed array of the same type and length. */
export function place(target: TypedArray, value: unknown, operation: string): void {
  if (!isTypedArray(value) || !sameType(value, target) || value.length !== target.length)
    throw new MpiError(
      'ERR_MISMATCH',
      `${operation}: ${describeValue(value)} does not fit into ${describeValue(target)}`,
      {
        operation,
      },
    )
  assign(target, value)
}
