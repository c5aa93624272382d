/** The matrix of iteration counts as a PNG file. */
import { writeFile } from 'node:fs/promises'
import { encode } from 'fast-png'

/** Writes `counts`, `size` × `size` with the real axis along rows, as a picture with the real axis from left to right. */
export async function writePicture(file: string, counts: Int32Array, size: number, kmax: number): Promise<void> {
  const data = new Uint8Array(3 * size * size)
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const share = (counts[row * size + column] ?? 0) / kmax
      // PyPar's palette: one 24-bit number, cut into red, green and blue; points of the set are black.
      const colour = share === 1 ? 0 : Math.floor(share ** 0.998 * 2 ** 24)
      data.set([colour >> 16, (colour >> 8) & 255, colour & 255], 3 * (column * size + row))
    }
  await writeFile(file, encode({ width: size, height: size, data, channels: 3, depth: 8 }))
}
