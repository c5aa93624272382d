// Every collective, on values and on arrays of several lengths, among all ranks, the ranks of each host and two halves that
// cross the hosts. Each rank checks what it gets against what it knows of the others, and says how much was right.
import assert from 'node:assert/strict'
import { Op, world } from '../../../dist/lib/api/index.js'

let checks = 0

function check(actual, expected) {
  const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  if (expected instanceof Float64Array)
    assert.ok(actual instanceof Float64Array && bytes(actual).equals(bytes(expected)))
  else assert.deepEqual(actual, expected)
  checks++
}

/** What rank r holds: numbers that add up exactly in any order. */
const block = (r, length) => Float64Array.from({ length }, (_, i) => (r + 1) * (i % 1000) + 1)

async function checkAll(comm, length) {
  const { rank, size } = comm
  const ranks = Array.from({ length: size }, (_, r) => r)
  const mine = block(rank, length)
  const all = ranks.map((r) => block(r, length))
  const sumOf = (list) => Float64Array.from({ length }, (_, i) => list.reduce((total, values) => total + values[i], 0))
  const joined = Float64Array.from(all.flatMap((values) => [...values]))
  const last = size - 1

  await comm.barrier()
  check(await comm.broadcast(rank === last ? mine : undefined, last), all[last])
  check(await comm.broadcast(rank === 0 ? { text: 'ü', list: [1, [2]] } : undefined), { text: 'ü', list: [1, [2]] })
  check(await comm.scatter(rank === 0 ? ranks.map((r) => `to ${r}`) : undefined), `to ${rank}`)
  check(await comm.scatter(rank === last ? joined : undefined, last), mine)
  check(await comm.gather(mine, last), rank === last ? all : undefined)
  check(
    await comm.allgather({ from: rank }),
    ranks.map((from) => ({ from })),
  )
  check(
    await comm.alltoall(ranks.map((to) => `${rank} to ${to}`)),
    ranks.map((from) => `${from} to ${rank}`),
  )
  check(await comm.reduce(mine, Op.sum, last), rank === last ? sumOf(all) : undefined)
  check(await comm.allreduce(mine, Op.sum), sumOf(all))
  check(await comm.allreduce(rank, Op.max), last)
  check(
    await comm.reduceScatter(joined, Op.sum),
    Float64Array.from(all[rank], (x) => x * size),
  )
  check(await comm.scan(mine, Op.sum), sumOf(all.slice(0, rank + 1)))
  check(await comm.exclusiveScan(mine, Op.sum), rank === 0 ? undefined : sumOf(all.slice(0, rank)))
  // In order of rank, since it does not commute.
  check(await comm.allreduce(`${rank}`, (a, b) => a + b), ranks.join(''))

  const target = Float64Array.from(mine)
  await comm.broadcastInto(target, 0)
  check(target, all[0])
  target.set(mine)
  await comm.allreduceInto(target, Op.sum)
  check(target, sumOf(all))
  const whole = new Float64Array(size * length)
  await comm.allgatherInto(whole, mine)
  check(whole, joined)
  await comm.alltoallInto(whole, joined)
  check(whole, Float64Array.from(ranks.flatMap(() => [...mine])))
}

const halves = await world.split(world.rank % 2, -world.rank)
const host = await world.splitByHost()
for (const comm of [world, halves, host]) for (const length of [0, 1, 7, 5000, 50_000]) await checkAll(comm, length)
console.log(`${checks} checks, ${host.size} on this host`)
