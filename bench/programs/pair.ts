/** The two-party works over any pair of processes or threads that can send and receive: Node's own channels, raw ZeroMQ. */
import { checkEcho, makePayload } from './payload.ts'
import { type Point, report, type Task, WINDOW } from './task.ts'

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

/** Until it has come, the second party stays: whoever leaves right after a send may take the message along. */
const GOODBYE = new Uint8Array(8)

/** Runs the task as its first party, which measures and reports. */
export async function lead(link: Link, task: Task): Promise<void> {
  const run = task.work === 'window' ? leadWindow : leadPingPong
  for (const point of task.points) report(point.size, await run(link, task, point))
  await link.send(GOODBYE)
}

/** Runs the task as its second party. */
export async function follow(link: Link, task: Task): Promise<void> {
  for (const point of task.points) {
    const rounds = point.warmup + point.loops
    for (let round = 0; round < rounds; round++) {
      if (task.work === 'window') for (let message = 1; message < WINDOW; message++) await link.receive()
      await link.send(await link.receive())
    }
  }
  await link.receive()
}

/** Seconds one way. */
async function leadPingPong(link: Link, task: Task, point: Point): Promise<number> {
  const value = makePayload(task.payload, point.size)
  const round = async (): Promise<unknown> => {
    await link.send(value)
    return link.receive()
  }
  for (let i = 0; i < point.warmup; i++) checkEcho(task.payload, point.size, await round())
  const start = performance.now()
  for (let i = 0; i < point.loops; i++) await round()
  return (performance.now() - start) / 2000 / point.loops
}

/** Seconds a message. */
async function leadWindow(link: Link, task: Task, point: Point): Promise<number> {
  const value = makePayload(task.payload, point.size)
  const round = async (): Promise<void> => {
    for (let message = 0; message < WINDOW; message++) await link.send(value)
    await link.receive()
  }
  for (let i = 0; i < point.warmup; i++) await round()
  const start = performance.now()
  for (let i = 0; i < point.loops; i++) await round()
  return (performance.now() - start) / 1000 / point.loops / WINDOW
}
