/** The works of the bench on zmpi: see task.ts for the command line and the answers. */
import { readFileSync } from 'node:fs'
import { Op, world } from 'zmpi'
import { Plate } from './jacobi.ts'
import { mandelbrotRows } from './mandelbrot.ts'
import { checkEcho, makeArray, makePayload } from './payload.ts'
import { batches, parseTasks, type Point, report, takeTurn, type Task, WINDOW } from './task.ts'

const { rank, size } = world
const other = 1 - rank

/** Seconds a round took in each window. The work has its own `loop`, as in the other programs: no call or promise around a round. */
async function time({ name }: Task, point: Point, loop: (rounds: number) => Promise<void>): Promise<number[]> {
  const schedule = batches(point, () => takeTurn(name, point.size))
  const seconds: number[] = []
  let took = 0
  for (;;) {
    const batch = rank === 0 ? schedule.next(took) : undefined
    const rounds = await world.broadcast(batch?.done === false ? batch.value : 0)
    if (rounds === 0) return seconds.slice(-point.windows)
    await world.barrier()
    const start = performance.now()
    await loop(rounds)
    took = performance.now() - start
    seconds.push(took / 1000 / rounds)
  }
}

/** Arrays arrive as fresh ones, as with raw channels; else in the receiver's own, as with mpi4py's and C's buffers. */
const isFresh = process.env['BENCH_FRESH'] === '1'

/** Into the receiver's own array. */
async function pingPongArray(task: Task, point: Point): Promise<number[]> {
  const value = makeArray(point.size)
  const target = new Float64Array(value.length)
  const seconds = await time(task, point, async (rounds) => {
    for (let i = 0; i < rounds; i++) {
      if (rank === 0) await world.send(value, other)
      await world.receiveInto(target, other)
      if (rank === 1) await world.send(target, other)
    }
  })
  checkEcho('array', point.size, target)
  return seconds.map((roundTrip) => roundTrip / 2)
}

async function pingPongFresh(task: Task, point: Point): Promise<number[]> {
  const value = makePayload(task.payload, point.size)
  let echo: unknown
  const seconds = await time(task, point, async (rounds) => {
    for (let i = 0; i < rounds; i++) {
      if (rank === 0) await world.send(value, other)
      echo = await world.receive(other)
      if (rank === 1) await world.send(echo, other)
    }
  })
  checkEcho(task.payload, point.size, echo)
  return seconds.map((roundTrip) => roundTrip / 2)
}

async function window(task: Task, point: Point): Promise<number[]> {
  const value = makeArray(point.size)
  const targets = Array.from({ length: WINDOW }, () => new Float64Array(value.length))
  const acknowledgement = makeArray(8)
  const seconds = await time(task, point, async (rounds) => {
    for (let i = 0; i < rounds; i++) {
      if (rank === 0) {
        await Promise.all(targets.map(() => world.send(value, other, { tag: 1 })))
        await world.receiveInto(acknowledgement, other, { tag: 2 })
      } else {
        await Promise.all(targets.map((target) => world.receiveInto(target, other, { tag: 1 })))
        await world.send(acknowledgement, other, { tag: 2 })
      }
    }
  })
  return seconds.map((all) => all / WINDOW)
}

/** Into arrays that exist already, and the reduction in place: as with mpi4py's and C's buffers. */
async function collective(task: Task, point: Point): Promise<number[]> {
  const value = makeArray(point.size)
  const blocks = makeArray(point.size * size)
  const target = makeArray(point.size * size)
  const operations: Readonly<Record<string, () => Promise<unknown>>> = {
    barrier: () => world.barrier(),
    broadcast: () => world.broadcastInto(value),
    allreduce: () => world.allreduceInto(value, Op.sum),
    reduce: () => world.reduceInto(value, Op.sum),
    gather: () => world.gatherInto(target, value),
    scatter: () => world.scatterInto(value, blocks),
    allgather: () => world.allgatherInto(target, value),
    alltoall: () => world.alltoallInto(target, blocks),
  }
  const operation = operations[task.work]
  if (operation === undefined) throw new Error(`unknown work ${task.work}`)
  const seconds = await time(task, point, async (rounds) => {
    for (let i = 0; i < rounds; i++) await operation()
  })
  return [...(await world.allreduce(Float64Array.from(seconds), Op.max))]
}

/** Bytes of a rank's memory, a page that n processes share counted as one n-th. */
async function memory(): Promise<number> {
  await world.barrier()
  const kibibytes = /^Pss: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]
  return ((await world.allreduce(Number(kibibytes), Op.sum)) * 1024) / size
}

async function mandelbrot(limit: number): Promise<number> {
  await world.barrier()
  const start = performance.now()
  await world.allreduce(mandelbrotRows(rank, size, limit), Op.sum)
  return (performance.now() - start) / 1000
}

async function run(task: Task, point: Point): Promise<number[]> {
  switch (task.work) {
    case 'pingpong':
      return task.payload === 'array' && !isFresh ? pingPongArray(task, point) : pingPongFresh(task, point)
    case 'window':
      return window(task, point)
    case 'memory':
      return [await memory()]
    case 'mandelbrot':
      return [await mandelbrot(point.size)]
    case 'jacobi': {
      const plate = new Plate(point.size)
      return time(task, point, async (rounds) => {
        for (let i = 0; i < rounds; i++) await plate.step()
      })
    }
    default:
      return collective(task, point)
  }
}

for (const task of parseTasks(process.argv.slice(2))) {
  for (const point of task.points) {
    const samples = await run(task, point)
    if (rank === 0) report(task.name, point.size, samples)
  }
}
