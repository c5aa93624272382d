/** Something that reads what others have made, and a way to feed it with nonsense. */
import type { Random } from '../support/random.ts'

export interface Target {
  readonly name: string
  /** Cases of it among a thousand of all targets. */
  readonly share: number
  /** One case. Throws when something happens that never may, whatever the input. */
  readonly attack: (random: Random) => void
}

/** Numbers at which arithmetic goes wrong. */
const EDGES = [0, 1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 4095, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]

/** A 32-bit word: any, or one at an edge. */
export function oddWord(random: Random): number {
  return random.chance(0.5) ? random.word() : random.pick(EDGES) + random.below(3) - 1
}

/** Changes some bytes, cuts some off, doubles some: at least one of these. */
export function spoil(bytes: Uint8Array, random: Random): Uint8Array {
  let spoilt = bytes.slice()
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(spoilt.length + 1)
    const to = random.below(spoilt.length + 1)
    if (random.chance(0.1)) spoilt = spoilt.slice(0, at)
    else if (random.chance(0.1)) spoilt = Buffer.concat([spoilt.subarray(0, at), spoilt.subarray(Math.min(at, to))])
    else if (random.chance(0.3) && at + 4 <= spoilt.length)
      new DataView(spoilt.buffer, spoilt.byteOffset).setUint32(at, oddWord(random) >>> 0, random.chance(0.5))
    else if (at < spoilt.length) spoilt[at] = random.chance(0.5) ? random.below(256) : 0xc0 + random.below(64)
  }
  return spoilt
}

/** A text of these pieces, with some characters changed. */
export function oddText(pieces: readonly string[], random: Random): string {
  let text = ''
  for (let count = random.below(9); count >= 0; count--) text += random.pick(pieces)
  for (let changes = random.below(3); changes > 0; changes--) {
    const at = random.below(text.length + 1)
    text = text.slice(0, at) + String.fromCharCode(random.below(random.pick([128, 0x1_0000]))) + text.slice(at + 1)
  }
  // Rarely a very long one.
  return random.chance(0.001) ? text.repeat(5000) : text
}
