/**
 * A WebAssembly module of one function: `target = left op right` by a vector instruction, 64 bytes in each round.
 * (WebAssembly Core Specification 2.0, 5 Binary Format.) Pure.
 *
 *   loop(left, right, target, end): do { four times 16 bytes; each + 64 } while (target < end)
 */
const I32 = 0x7f
const [LEFT, RIGHT, TARGET, END] = [0, 1, 2, 3]
const ROUND = 64
const VECTOR = 16

/** @param instruction the number of a vector instruction that takes two vectors and gives one */
export function vectorModule(instruction: number): Uint8Array {
  const body = [
    ...[0x03, 0x40], // loop
    ...Array.from({ length: ROUND / VECTOR }, (_, i) => step(instruction, i * VECTOR)).flat(),
    ...[LEFT, RIGHT, TARGET].flatMap(advance),
    ...[0x20, TARGET, 0x20, END, 0x49, 0x0d, 0], // br_if (i32.lt_u target end)
    ...[0x0b, 0x0b], // end of the loop, of the function
  ]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 4, I32, I32, I32, I32, 0]), // one type
    ...section(2, [1, ...text('vector'), ...text('memory'), 0x02, 0x00, 1]), // one import: memory of a page or more
    ...section(3, [1, 0]), // one function
    ...section(7, [1, ...text('loop'), 0x00, 0]), // one export
    ...section(10, [1, ...sized([0, ...body])]), // its code, without locals
  ])
}

/** v128.store target+offset (instruction (v128.load left+offset) (v128.load right+offset)) */
function step(instruction: number, offset: number): number[] {
  const at = [0, offset] // aligned to any byte
  return [
    ...[0x20, TARGET],
    ...[0x20, LEFT, 0xfd, 0x00, ...at],
    ...[0x20, RIGHT, 0xfd, 0x00, ...at],
    ...[0xfd, ...unsigned(instruction)],
    ...[0xfd, 0x0b, ...at],
  ]
}

/** local.set (i32.add local 64) */
function advance(local: number): number[] {
  return [0x20, local, 0x41, ROUND | 0x80, 0, 0x6a, 0x21, local]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)]
}

function text(name: string): number[] {
  return sized([...Buffer.from(name)])
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content]
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >> 7)]
}
