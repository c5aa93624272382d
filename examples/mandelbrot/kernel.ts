/** How fast points leave the Mandelbrot set. No messages here: the four programs share it. */

/** The rectangle of the complex plane: rows run along the real axis, columns along the imaginary one. */
const REGION = { real: [-2, 1], imaginary: [-1.5, 1.5] } as const

/** Iterations of z ← z² + c from 0 while |z| ≤ 2, at most `kmax`. */
export function iterations(real: number, imaginary: number, kmax: number): number {
  let x = 0
  let y = 0
  let count = 0
  while (count < kmax && x * x + y * y <= 4) {
    const next = x * x - y * y + real
    y = 2 * x * y + imaginary
    x = next
    count++
  }
  return count
}

/** Fills rows `low`, `low + stride`, … below `high` of a `size` × `size` matrix in row-major order. */
export function computeRows(
  matrix: Int32Array,
  size: number,
  kmax: number,
  low: number,
  high: number,
  stride = 1,
): void {
  const step = (axis: readonly [number, number]): number => (axis[1] - axis[0]) / size
  for (let row = low; row < high; row += stride) {
    const real = REGION.real[0] + row * step(REGION.real)
    for (let column = 0; column < size; column++)
      matrix[row * size + column] = iterations(real, REGION.imaginary[0] + column * step(REGION.imaginary), kmax)
  }
}
