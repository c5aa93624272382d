/** A seeded source of random numbers in [0, 1): the same on every machine and in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    // Mulberry32: a counter, scrambled.
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}
