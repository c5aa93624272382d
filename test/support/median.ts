/** What most measurements show, whatever a collector of garbage, a compiler or the machine did once in between. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}
