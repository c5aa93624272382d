/**
 * One rank of a job that fails in the way that its argument says, while the others wait. Whoever brings it about says
 * first on stdout, in milliseconds of the clock, when.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Op, world } from '../../src/index.ts'

const [kind = ''] = process.argv.slice(2)
const { rank, size } = world
const FAILING = 1

function sayNow(): void {
  process.stdout.write(`at ${performance.timeOrigin + performance.now()}\n`)
}

/** Fills the heap. What it says last comes before the last collections of garbage. */
function exhaust(): void {
  const kept: unknown[] = []
  for (;;) {
    sayNow()
    for (let i = 0; i < 50_000; i++) kept.push({ i })
  }
}

const FAILURES: Readonly<Record<string, () => void>> = {
  throw: () => {
    throw new Error('thrown on purpose')
  },
  exit: () => process.exit(3),
  SIGKILL: () => void process.kill(process.pid, 'SIGKILL'),
  SIGSEGV: () => void process.kill(process.pid, 'SIGSEGV'),
  heap: exhaust,
  end: () => {},
}

// From then on ranks of one host share memory for this.
for (let i = 0; i < 12; i++) await world.barrier()
await pause(200)
if (kind === 'deadlock') {
  sayNow()
  await world.receive((rank + 1) % size)
} else if (kind === 'mismatch') {
  sayNow()
  await (rank === FAILING ? world.allreduce(1, Op.sum) : world.barrier())
} else if (kind === 'launcher') {
  process.stdout.write('ready\n')
  if (rank === FAILING) for (;;) Math.sqrt(2)
  await world.receive(FAILING)
} else if (rank !== FAILING) await world.receive(FAILING)
else {
  const fail = FAILURES[kind]
  if (fail === undefined) throw new Error(`there is no failure ${kind}`)
  sayNow()
  fail()
}
