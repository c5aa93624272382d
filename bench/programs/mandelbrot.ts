/** The kernel of the Mandelbrot work: PyPar's picture (700 × 700, real −2 … 1, imaginary −1.5 … 1.5), rows dealt cyclically. */

const PIXELS = 700
const STEP = 3 / PIXELS

/** Iterations in all of the rows `first`, `first + step`, … */
export function mandelbrotRows(first: number, step: number, limit: number): number {
  let sum = 0
  for (let row = first; row < PIXELS; row += step) {
    const real = -2 + row * STEP
    for (let column = 0; column < PIXELS; column++) sum += iterations(real, -1.5 + column * STEP, limit)
  }
  return sum
}

function iterations(real: number, imaginary: number, limit: number): number {
  let x = 0
  let y = 0
  let count = 0
  while (count < limit && x * x + y * y <= 4) {
    const next = x * x - y * y + real
    y = 2 * x * y + imaginary
    x = next
    count++
  }
  return count
}
