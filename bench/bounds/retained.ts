/**
 * retained BYTES: rank 0 keeps so many bytes of messages of each kind and size, and reports what a message costs of the
 * memory that node knows of, and in the end what all of them cost the machine.
 */
import { world } from 'zmpi'
import { report, residentBytes, settle } from './footprint.ts'

const SIZES = [8, 64, 136, 1000, 4096, 8000, 16_384, 65_536]
/** Messages of one kind and size at most, and of them asked for at once. */
const MOST = 10_000
const DEPTH = 64
const MAKERS: Readonly<Record<string, (bytes: number) => unknown>> = {
  'typed array': (bytes) => new Float64Array(bytes / 8).fill(1.5),
  Buffer: (bytes) => Buffer.alloc(bytes, 7),
  text: (bytes) => ({ text: 'y'.repeat(bytes) }),
  'array in an object': (bytes) => ({ values: new Uint8Array(bytes).fill(7) }),
}
const total = Number(process.argv[2])
const kept: unknown[] = []
const sums = { payload: 0, messages: 0 }

for (const make of Object.values(MAKERS))
  for (const bytes of SIZES)
    for (let i = 0; i < 100; i++) await (world.rank === 0 ? world.receive(1) : world.send(make(bytes), 0))
// After some calls of it the ranks share memory for that, which is no message's.
for (let i = 0; i < 20; i++) await world.barrier()
await settle()
const start = residentBytes()

for (const [kind, make] of Object.entries(MAKERS))
  for (const bytes of SIZES) {
    const count = Math.floor(Math.min(total, MOST * bytes) / bytes)
    if (world.rank === 0) {
      const places = Array.from({ length: count }, () => kind as unknown)
      kept.push(places)
      await settle()
      const before = knownBytes()
      await world.barrier()
      for (let first = 0; first < count; first += DEPTH) {
        const some = Math.min(DEPTH, count - first)
        const values = await Promise.all(Array.from({ length: some }, () => world.receive(1)))
        for (const [i, value] of values.entries()) places[first + i] = value
      }
      await settle()
      report({ kind, bytes, perMessage: Math.round((knownBytes() - before) / count) })
      sums.payload += count * bytes
      sums.messages += count
    } else {
      const value = make(bytes)
      await world.barrier()
      for (let i = 0; i < count; i++) await world.send(value, 0)
    }
  }
if (kept.length > 0) report({ ...sums, resident: residentBytes() - start })

function knownBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
