// Rank 1 dies in the moment and in the way that the arguments say; the others say what becomes of what they wait for.
// They are deaf to SIGTERM, so that each of them ends only because its operations do.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { finalize, Op, world } from 'zmpi'

const [moment, way] = process.argv.slice(2)
const LARGE = 16 << 20
const { rank } = world
const isVictim = rank === 1
const turn = () => new Promise((resolve) => setImmediate(resolve))

function die() {
  if (way === 'exit') process.exit(3)
  if (way === 'throw') throw new Error('thrown on purpose')
  process.kill(process.pid, way)
  for (;;);
}

const file = (name) => `${process.env.ZMPI_JOB_DIR}/${name}`
const there = async (name) => {
  while (!existsSync(file(name))) await pause(5)
}

/** Does it again and again; the victim a few times, and dies when the next one has begun. */
async function stream(act) {
  for (let round = 0; ; round++) {
    const done = act(round)
    if (isVictim && round === 5) {
      done.catch(() => {})
      await turn()
      die()
    }
    await done
  }
}

const small = new Float64Array(3000)
const collectives = {
  barrier: () => world.barrier(),
  broadcast: (round) => world.broadcast(small, round % 3),
  scatter: (round) => world.scatter(small, round % 3),
  gather: (round) => world.gather(rank, round % 3),
  allgather: () => world.allgather({ rank }),
  alltoall: () => world.alltoall([1, 2, 3]),
  reduce: (round) => world.reduce(small, Op.sum, round % 3),
  allreduce: () => world.allreduce(small, Op.sum),
  reduceScatter: () => world.reduceScatter(small, Op.sum),
  scan: () => world.scan(rank, Op.sum),
  exclusiveScan: () => world.exclusiveScan(rank, Op.sum),
  broadcastInto: (round) => world.broadcastInto(small, round % 3),
  allreduceInto: () => world.allreduceInto(small, Op.sum),
  allgatherInto: () => world.allgatherInto(new Float64Array(9000), small),
  alltoallInto: () => world.alltoallInto(new Float64Array(3000), small),
  split: () => world.split(0),
}

const moments = {
  'before connecting': async () => {
    if (isVictim) die()
    await Promise.race([world.receive(1), world.send('for you', 1, { synchronous: true })])
  },
  'before the other connects': async () => {
    if (isVictim) {
      void world.send('hello', 0)
      await turn()
      writeFileSync(file('dead'), String(process.pid))
      die()
    }
    await there('dead')
    // Its process is gone, and what it had opened.
    const pid = Number(readFileSync(file('dead')))
    while (existsSync(`/proc/${pid}/fd/0`)) await pause(5)
    await world.send('hello', 1, { synchronous: true })
  },
  'during wire-up': async () => {
    if (isVictim) {
      void world.send('hello', 0)
      die()
    }
    await world.receive(1, { tag: 9 })
  },
  'in eager transfer, as sender': () => stream((round) => (isVictim ? world.send(round, 0) : world.receive(1))),
  'in eager transfer, as receiver': () => stream((round) => (isVictim ? world.receive(0) : world.send(round, 1))),
  'in rendezvous transfer, as sender': () =>
    stream(() => (isVictim ? world.send(new Uint8Array(LARGE), 0) : world.receive(1))),
  'in rendezvous transfer, as receiver': () =>
    stream(() => (isVictim ? world.receive(0) : world.send(new Uint8Array(LARGE), 1))),
  'in finalize': async () => {
    if (isVictim) {
      void world.send(new Uint8Array(LARGE), 0)
      void finalize()
      await turn()
      die()
    }
    await world.receive(1, { tag: 9 })
  },
  'while another is in finalize': async () => {
    if (isVictim) {
      await world.receive(0)
      die()
    }
    await world.send('I end', 1)
    await world.send(new Uint8Array(LARGE), 1)
    await finalize()
  },
  'while writing output': async () => {
    if (isVictim) {
      for (let line = 0; line < 3000; line++) console.log(`line ${line} ${'-'.repeat(line % 100)}`)
      die()
    }
    await world.receive(1)
  },
}

if (isVictim) for (let other = 0; other < world.size; other++) if (other !== rank) await there(`deaf-${other}`)
if (!isVictim) {
  process.on('SIGTERM', () => {})
  writeFileSync(file(`deaf-${rank}`), '')
}
/** By then the ranks of one host use their board, if they have one. */
const afterSome = async () => {
  for (let i = 0; i < 12; i++) await world.barrier()
}
const act = moments[moment] ?? (() => afterSome().then(() => stream(collectives[moment])))
if (isVictim) await act()
else
  await act().then(
    () => console.log('not ended'),
    (error) => console.log(`ended by ${error.code ?? error.stack}`),
  )
