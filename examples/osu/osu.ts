/** What the OSU-style programs share: their options, their loop counts and the way they print. */
import { parseArgs } from 'node:util'
import { Op, world } from 'zmpi'

const LARGE = 8192
const WIDTH = 20

export interface Loops {
  readonly skip: number
  readonly loops: number
}

export interface Settings {
  /** Powers of two. */
  readonly sizes: readonly number[]
  /** OSU's rule: few loops above 8 KiB. */
  loops(size: number): Loops
}

interface Defaults {
  readonly smallest?: number
  readonly largest: number
  readonly small: Loops
  readonly large: Loops
}

/** From `-m MIN:MAX` (bytes), `-i LOOPS` and `-x SKIP`, with the program's defaults. */
export function settings({ smallest = 1, largest, small, large }: Defaults): Settings {
  const { values } = parseArgs({
    options: {
      'message-size': { type: 'string', short: 'm', default: `${smallest}:${largest}` },
      iterations: { type: 'string', short: 'i' },
      warmup: { type: 'string', short: 'x' },
    },
  })
  const [from, to] = values['message-size'].split(':').map(Number)
  if (from === undefined || to === undefined || !(from >= 1 && to >= from))
    throw new RangeError(`-m ${values['message-size']}: expected MIN:MAX in bytes, 1 or more`)
  const { warmup = '0', iterations = '1' } = values
  if (!(Number(warmup) >= 0 && Number(iterations) >= 1))
    throw new RangeError(`-x ${warmup} -i ${iterations}: expected numbers of rounds, -i 1 or more`)
  const sizes: number[] = []
  for (let size = smallest; size <= to; size *= 2) if (size >= from) sizes.push(size)
  return {
    sizes,
    loops: (size) => {
      const { skip, loops } = size > LARGE ? large : small
      return { skip: Number(values.warmup ?? skip), loops: Number(values.iterations ?? loops) }
    },
  }
}

/** Ends the program unless it runs on a number of ranks that it can use. */
export function needRanks(isRight: boolean, expected: string): void {
  if (!isRight) throw new RangeError(`this test runs on ${expected} ranks, not on ${world.size}`)
}

export function printHeading(title: string, ...columns: readonly string[]): void {
  if (world.rank !== 0) return
  const [first, ...rest] = columns
  const text = rest.map((column) => column.padStart(WIDTH)).join('')
  console.log(`\n# OSU MPI ${title} Test, on zmpi\n# ${`${first}`.padEnd(8)}${text}`)
}

export function printLine(size: number | undefined, ...values: readonly number[]): void {
  if (world.rank !== 0) return
  const text = values.map((value) => value.toFixed(2).padStart(WIDTH)).join('')
  console.log(size === undefined ? text : `${`${size}`.padEnd(10)}${text}`)
}

/** Microseconds that a run of `round` takes, the mean over the loops after the first `skip`. */
export async function microseconds({ skip, loops }: Loops, round: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < skip; i++) await round()
  await world.barrier()
  const start = performance.now()
  for (let i = 0; i < loops; i++) await round()
  return ((performance.now() - start) * 1000) / loops
}

/** A collective: the mean over the ranks for each size, checked once. */
export async function collectiveLatency(
  title: string,
  test: Settings,
  prepare: (size: number) => { run: () => Promise<unknown>; check: (result: unknown) => boolean },
): Promise<void> {
  needRanks(world.size > 1, 'two or more')
  printHeading(`${title} Latency`, 'Size', 'Avg Latency(us)')
  for (const size of test.sizes) {
    const { run, check } = prepare(size)
    if (!check(await run())) throw new Error(`${title} of ${size} bytes gave a wrong result`)
    const mine = await microseconds(test.loops(size), run)
    printLine(size, (await world.allreduce(mine, Op.sum)) / world.size)
  }
}

/** `size` bytes, each the sender's `mark`. */
export function bytes(size: number, mark: number): Uint8Array {
  return new Uint8Array(size).fill(mark)
}
