/**
 * One rank of the oversubscribed run: rounds of work in which some ranks are alive without showing it (computing,
 * sleeping, reading, waiting for a child or a thread, stopped by a signal) while the others wait for their messages.
 * Whoever takes that for a deadlock is wrong. Arguments: seed, seconds.
 */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ANY_SOURCE, Op, world } from '../../src/index.ts'
import { Random } from '../../test/support/random.ts'

const [seed = 1, seconds = 60] = process.argv.slice(2).map(Number)
const { rank, size } = world
/** The same on every rank. */
const shared = new Random(seed)
const own = new Random(seed * 1009 + rank)

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end) Math.sqrt(own.word())
}

async function run(command: string, words: readonly string[]): Promise<void> {
  const child = spawn(command, words, { stdio: 'ignore' })
  await new Promise((resolve) => child.once('close', resolve))
}

async function work(thread: string): Promise<void> {
  const worker = new Worker(thread, { eval: true })
  await new Promise((resolve) => worker.once('message', resolve))
  await worker.terminate()
}

async function ask(): Promise<void> {
  const server = createServer((_, response) => void setTimeout(() => response.end('late'), 700)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await (await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } })).text()
  await new Promise((resolve) => server.close(resolve))
}

/** Ways of being alive for a second or so. */
const LIVES: readonly (() => Promise<void> | void)[] = [
  () => compute(50 + own.below(1500)),
  () => pause(own.below(2500)),
  () => run('sleep', ['1']),
  () => run('sh', ['-c', `kill -STOP ${process.pid}; sleep 2; kill -CONT ${process.pid}`]),
  () => work(`setTimeout(() => require('worker_threads').parentPort.postMessage(1), 900)`),
  async () => {
    for (let i = 0; i < 200; i++) await readFile(import.meta.filename)
  },
  ask,
  async () => {
    for (let i = 0; i < 40; i++) {
      compute(5)
      await pause(5)
    }
  },
]

/** What the ranks do together; each throws when a result is wrong. */
const TOGETHER: readonly ((round: number) => Promise<void>)[] = [
  async (round) => {
    const sum = await world.allreduce(rank + round, Op.sum)
    expectSame(sum, (size * (size - 1)) / 2 + size * round)
  },
  async (round) => {
    const root = round % size
    expectSame(await world.broadcast(rank === root ? round : undefined, root), round)
  },
  async (round) => {
    const from = await world.sendReceive([round, rank], (rank + 1) % size, (rank + size - 1) % size)
    expectSame(JSON.stringify(from), JSON.stringify([round, (rank + size - 1) % size]))
  },
  async (round) => {
    const root = round % size
    if (rank !== root) await world.send(new Float64Array(own.below(40_000)).fill(rank), root, { synchronous: true })
    else
      for (let left = size - 1; left > 0; left--) {
        const { value, source } = await world.receiveMessage<Float64Array>(ANY_SOURCE)
        if (value.some((element) => element !== source)) throw new Error(`a message of rank ${source} is not its own`)
      }
    await world.barrier()
  },
  async (round) => {
    // One works while the others wait for its word, handed on from rank to rank.
    const first = round % size
    const place = (rank - first + size) % size
    if (place > 0) await world.receive((rank + size - 1) % size)
    if (own.chance(0.3)) await live()
    if (place < size - 1) await world.send(round, (rank + 1) % size)
    await world.barrier()
  },
]

function expectSame(got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`rank ${rank} got ${String(got)} instead of ${String(wanted)}`)
}

async function live(): Promise<void> {
  await own.pick(LIVES)()
}

const end = performance.now() + seconds * 1000
let rounds = 0
while (await world.broadcast(rank === 0 ? performance.now() < end : undefined)) {
  // Few are alive while the rest wait, or all of them.
  const share = shared.pick([1 / size, 2 / size, 1])
  const chosen = shared.below(size)
  if (rank === chosen || own.chance(share)) await live()
  await shared.pick(TOGETHER)(rounds++)
}
if (rank === 0) process.stdout.write(`${rounds} rounds\n`)
