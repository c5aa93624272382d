/** PyPar's static partition: who works on which part of 0 … N−1. */

/**
 * The half-open interval `[low, high)` of `0 … N−1` that bin `p` of `P` takes. Sizes differ by at most one and the first
 * `N mod P` bins have the extra one; a bin beyond the last is empty.
 * @example balance(29, 4, 1) // [8, 15]
 * @throws RangeError when N or p is not an integer ≥ 0, or P not an integer ≥ 1
 */
export function balance(N: number, P: number, p: number): [low: number, high: number] {
  least('N', N, 0)
  least('P', P, 1)
  least('p', p, 0)
  const length = Math.floor(N / P)
  const longer = N % P
  const start = (bin: number): number => (bin >= P ? N : bin * length + Math.min(bin, longer))
  return [start(p), start(p + 1)]
}

function least(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum)
    throw new RangeError(`balance: ${name} is ${String(value)}, not an integer of at least ${minimum}`)
}
