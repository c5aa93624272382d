/** Ranks in words. Pure. */

/** `rank 3`, `ranks 0–2, 5`. */
export function ranksText(ranks: readonly number[]): string {
  return `rank${ranks.length === 1 ? '' : 's'} ${rangesText(ranks)}`
}

/** `0–2, 5` */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const number of [...new Set(numbers)].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(', ')
}

/** `1 message`, `3 messages` */
export function countText(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
