// Primes up to a million: every rank strikes out the multiples in its own block of numbers.
//   zmpirun -n 4 examples/21-prime-sieve.ts
import { deepEqual, equal } from 'node:assert/strict'
import { Op, world } from 'zmpi'
import { balance } from 'zmpi/pypar'

const N = 1_000_000

/** The primes in low … high−1, given all primes up to √high. */
function sieve(low: number, high: number, small: readonly number[]): number[] {
  const composite = new Uint8Array(high - low)
  for (const prime of small)
    for (let n = Math.max(prime * prime, Math.ceil(low / prime) * prime); n < high; n += prime) composite[n - low] = 1
  return Array.from(composite.keys(), (i) => low + i).filter((n) => n > 1 && composite[n - low] === 0)
}

/** All primes below `high`, from those below √high. */
const primesBelow = (high: number): number[] =>
  high <= 2 ? [] : sieve(0, high, primesBelow(Math.ceil(Math.sqrt(high))))

// Rank 0 finds the small primes, which strike out all others
const small = await world.broadcast(world.rank === 0 ? primesBelow(Math.sqrt(N) + 1) : undefined)
const [low, high] = balance(N + 1, world.size, world.rank)
const mine = sieve(low, high, small)
console.log(`Rank ${world.rank} found ${mine.length} primes from ${low} to ${high - 1}`)

const total = await world.allreduce(mine.length, Op.sum)
equal(total, 78_498)
const twins = await world.allreduce(mine.filter((n, i) => n - (mine[i - 1] ?? 0) === 2).length, Op.sum)
const blocks = await world.gather(Int32Array.from(mine))
if (blocks !== undefined) {
  console.log(`${total} primes up to ${N}, at least ${twins} pairs of twins`)
  deepEqual(
    blocks.flatMap((block) => Array.from(block)),
    primesBelow(N + 1),
  )
}
