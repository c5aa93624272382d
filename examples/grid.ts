/** Where on a grid of ranks something lies. */

/** The two factors of `size` that are nearest to each other, the smaller first. */
export function nearSquare(size: number): readonly [rows: number, columns: number] {
  let rows = Math.floor(Math.sqrt(size))
  while (size % rows !== 0) rows--
  return [rows, size / rows]
}

/** The numbers low … high−1. */
export function range(low: number, high: number): number[] {
  return Array.from({ length: high - low }, (_, i) => low + i)
}
