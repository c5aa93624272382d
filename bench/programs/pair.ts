/** The two-party works over any pair of processes or threads that can send and receive: Node's own channels, raw ZeroMQ. */
import { checkEcho, makePayload } from './payload.ts'
import { batches, type Point, report, takeTurn, type Task, WINDOW } from './task.ts'

export interface Link {
  /** Resolves when the next send may start. */
  send(value: unknown): void | Promise<void>
  receive(): Promise<unknown>
}

/** Turns arrivals that come as events into `receive`. */
export class Inbox {
  readonly #values: unknown[] = []
  #waiting: ((value: unknown) => void) | undefined

  arrive(value: unknown): void {
    const waiting = this.#waiting
    if (waiting === undefined) {
      this.#values.push(value)
      return
    }
    this.#waiting = undefined
    waiting(value)
  }

  receive(): Promise<unknown> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift())
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }
}

/** A number of rounds as a message that every channel can carry. */
const encodeRounds = (rounds: number): Float64Array => Float64Array.of(rounds)

function decodeRounds(message: unknown): number {
  const { buffer, byteOffset, byteLength } = message as ArrayBufferView
  return new DataView(buffer, byteOffset, byteLength).getFloat64(0, true)
}

/** Runs the tasks as their first party, which measures and reports. */
export async function lead(link: Link, tasks: readonly Task[]): Promise<void> {
  for (const task of tasks)
    for (const point of task.points) report(task.name, point.size, await leadPoint(link, task, point))
}

/**
 * Runs the tasks as their second party. A batch begins with its number of rounds, none ends the point: so this party has
 * sent nothing that is not received when it leaves.
 */
export async function follow(link: Link, tasks: readonly Task[]): Promise<void> {
  for (const task of tasks) {
    for (const _ of task.points) {
      for (let rounds = -1; rounds !== 0;) {
        rounds = decodeRounds(await link.receive())
        for (let round = 0; round < rounds; round++) {
          if (task.work === 'window') for (let message = 1; message < WINDOW; message++) await link.receive()
          await link.send(await link.receive())
        }
      }
    }
  }
}

/** Seconds one way, or a message, in each window. */
async function leadPoint(link: Link, task: Task, point: Point): Promise<number[]> {
  const value = makePayload(task.payload, point.size)
  const isWindow = task.work === 'window'
  const schedule = batches(point, () => takeTurn(task.name, point.size))
  let batch = schedule.next()
  while (batch.done !== true) {
    const rounds = batch.value
    await link.send(encodeRounds(rounds))
    let echo: unknown
    const start = performance.now()
    for (let round = 0; round < rounds; round++) {
      if (isWindow) for (let message = 1; message < WINDOW; message++) await link.send(value)
      await link.send(value)
      echo = await link.receive()
    }
    const took = performance.now() - start
    checkEcho(task.payload, point.size, echo)
    batch = schedule.next(took)
  }
  await link.send(encodeRounds(0))
  return batch.value.map((milliseconds) => milliseconds / 1000 / (isWindow ? WINDOW : 2))
}
