/**
 * flood MESSAGES BYTES [deaf]: rank 0 receives nothing until each of the ranks 1 … size−2 is stuck, then all of it. The
 * last rank hears from those who are stuck and tells rank 0. Meanwhile rank 0 waits for that word, or is `deaf`: waits
 * for no message at all. Each rank but the last reports what it has grown by: until then, and in all.
 */
import { world } from 'zmpi'
import { peakBytes, report, resetPeak, residentBytes } from './footprint.ts'

const DATA = 1
const STUCK = 2
const GO = 3
/** A send that takes so many milliseconds waits for its receiver. */
const PATIENCE = 1000
const WARM_BYTES = 64 << 20
const WARM_MESSAGES = 20_000

const [messages = 0, bytes = 0] = process.argv.slice(2, 4).map(Number)
const DEPTH = Math.max(1, Math.min(64, Math.floor((4 << 20) / bytes)))
const isDeaf = process.argv[4] === 'deaf'
const { rank, size } = world
const conductor = size - 1
const senders = Array.from({ length: size - 2 }, (_, index) => index + 1)
const body = new Int32Array(bytes / 4)
/** Where rank 0 puts what comes from each: several at once, or each message would wait for a round trip. */
const targets = rank === 0 ? senders.map(() => Array.from({ length: DEPTH }, () => new Int32Array(body.length))) : []

async function send(count: number, isStuck: (send: Promise<void>, sent: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i++) {
    body[0] = body[body.length - 1] = i
    const promise = world.send(body, 0, { tag: DATA })
    await isStuck(promise, i)
    await promise
  }
}

async function receive(count: number): Promise<void> {
  await Promise.all(
    targets.map(async (all, index) => {
      const sender = index + 1
      for (let first = 0; first < count; first += all.length) {
        const some = all.slice(0, count - first)
        await Promise.all(some.map((target) => world.receiveInto(target, sender, { tag: DATA })))
        for (const [i, target] of some.entries())
          if (target[0] !== first + i || target.at(-1) !== first + i)
            throw new Error(`message ${first + i} of rank ${sender} is ${target[0]}`)
      }
    }),
  )
}

/** Whether a promise takes longer than that. */
async function isLate(promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(true), PATIENCE)))
  const result = await Promise.race([promise.then(() => false), late])
  clearTimeout(timer)
  return result
}

const warm = Math.min(WARM_MESSAGES, Math.ceil(WARM_BYTES / bytes))
if (rank === 0) await receive(warm)
else if (rank < conductor) await send(warm, async () => {})
const heard = new Promise<void>((resolve) => process.once('SIGUSR2', resolve))
const receiver = await world.broadcast(process.pid)
await world.barrier()
resetPeak()
const before = residentBytes()

if (rank === conductor) {
  for (const sender of senders) await world.receive(sender, { tag: STUCK })
  if (isDeaf) process.kill(receiver, 'SIGUSR2')
  else await world.send('go', 0, { tag: GO })
} else if (rank === 0) {
  const alive = setInterval(() => {}, 1000)
  if (isDeaf) await heard
  else await world.receive(conductor, { tag: GO })
  clearInterval(alive)
  const grownBefore = peakBytes() - before
  await receive(messages)
  report({ rank, sentBefore: 0, grownBefore, grown: peakBytes() - before })
} else {
  let sentBefore = messages
  let grownBefore = 0
  const tell = async (sent: number): Promise<void> => {
    sentBefore = sent
    grownBefore = peakBytes() - before
    await world.send('stuck', conductor, { tag: STUCK })
  }
  await send(messages, async (promise, sent) => {
    if (sentBefore === messages && (await isLate(promise))) await tell(sent)
  })
  if (sentBefore === messages) await tell(messages)
  report({ rank, sentBefore, grownBefore, grown: peakBytes() - before })
}
