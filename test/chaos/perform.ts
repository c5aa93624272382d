/** Performs the script of one rank on a real communicator, and tells what comes of each step. */
import { ANY_SOURCE, ANY_TAG, isMpiError, type Communicator, type Message, type Status } from '../../src/index.ts'
import { COLLECTIVES, digest, inputOf } from './collectives.ts'
import {
  ANY,
  type CollectiveCall,
  type Outcome,
  type Pattern,
  type Payload,
  type Program,
  type Step,
} from './program.ts'

/** Elements of the memory that receives fill. */
const TARGET = 400_000

export interface Stage {
  readonly world: Communicator
  /** World rank. */
  readonly rank: number
  readonly pause: (length: number) => Promise<void>
  readonly die: (how: 'SIGKILL' | 'exit' | 'throw') => void
  /** Told before the next step begins. */
  readonly tell: (step: number, outcome: Outcome) => void
}

/** Barriers before a program begins are less than this: by so many the ranks of one host have come to use their board. */
const BARRIERS = 13

/** Resolves when all steps have completed; rejects with the first failure. Whatever waits for ever stays pending. */
export async function perform(program: Program, stage: Stage): Promise<void> {
  await new Performance(program, stage).run()
}

class Performance {
  readonly #program: Program
  readonly #stage: Stage
  readonly #comms = new Map<number, Communicator>()
  readonly #outcomes: Promise<Outcome>[] = []
  readonly #settled = new Map<number, Outcome>()

  constructor(program: Program, stage: Stage) {
    this.#program = program
    this.#stage = stage
    this.#comms.set(0, stage.world)
  }

  async run(): Promise<void> {
    const script = this.#program.scripts[this.#stage.rank] ?? []
    for (let i = this.#program.seed % BARRIERS; i > 0; i--) await this.#stage.world.barrier()
    for (const [index, step] of script.entries()) {
      if (step.pause !== undefined) await this.#stage.pause(step.pause)
      const outcome = this.#begin(index, step)
      this.#outcomes[index] = outcome
      // Whoever awaits it hears of it.
      outcome.catch(() => {})
      if (step.later !== true) await outcome
    }
    await Promise.all(this.#outcomes)
  }

  async #begin(index: number, step: Step): Promise<Outcome> {
    let outcome: Outcome
    try {
      outcome = await this.#do(index, step)
    } catch (error) {
      if (step.kind === 'receive' && step.timeout !== undefined && isMpiError(error) && error.code === 'ERR_TIMEOUT')
        outcome = { kind: 'timeout' }
      else {
        const text = isMpiError(error) ? error.code : String(error)
        this.#stage.tell(index, { kind: 'failed', error: text })
        throw error
      }
    }
    this.#settled.set(index, outcome)
    this.#stage.tell(index, outcome)
    return outcome
  }

  async #do(index: number, step: Step): Promise<Outcome> {
    switch (step.kind) {
      case 'send': {
        const { to, tag, payload, synchronous } = step
        await this.#comm(step.comm).send(this.#value(index, payload), to, { tag, synchronous })
        return { kind: 'done' }
      }
      case 'receive':
        return await this.#receive(step)
      case 'sendReceive': {
        const { to, tag, payload, pattern } = step
        const options = { sendTag: tag, ...(pattern.tag === ANY ? {} : { receiveTag: pattern.tag }) }
        const comm = this.#comm(step.comm)
        return messageOf(await comm.sendReceive(this.#value(index, payload), to, sourceOf(pattern), options))
      }
      case 'probe':
        return found(await this.#comm(step.comm).probe(sourceOf(step.pattern), tagOf(step.pattern)))
      case 'iprobe': {
        const status = this.#comm(step.comm).iprobe(sourceOf(step.pattern), tagOf(step.pattern))
        return status === undefined ? { kind: 'nothing' } : found(status)
      }
      case 'collective':
        return await this.#collective(step.comm, step.call)
      case 'free':
        await this.#comm(step.comm).free()
        return { kind: 'done' }
      case 'wait':
        if (step.step < index) await this.#outcomes[step.step]
        return { kind: 'done' }
      case 'die':
        this.#stage.tell(index, { kind: 'dies' })
        this.#stage.die(step.how)
        return await new Promise<never>(() => {})
    }
  }

  async #receive(step: Step & { kind: 'receive' }): Promise<Outcome> {
    const comm = this.#comm(step.comm)
    const probe = step.probed === undefined ? undefined : this.#settled.get(step.probed)
    const pattern = probe?.kind === 'found' ? { source: probe.source, tag: probe.tag } : step.pattern
    const options = { ...tagOf(pattern), ...(step.timeout === undefined ? {} : { timeout: step.timeout }) }
    if (!step.into) {
      const message: Message<unknown> = await comm.receiveMessage(sourceOf(pattern), options)
      return messageOf(message.value, message, this.#program.groups[step.comm]?.members)
    }
    const target = new Int32Array(TARGET)
    const status = await comm.receiveInto(target, sourceOf(pattern), options)
    return messageOf(target.subarray(0, status.count), status, this.#program.groups[step.comm]?.members)
  }

  async #collective(number: number, index: number): Promise<Outcome> {
    const call = this.#program.groups[number]?.calls[index] as CollectiveCall
    const comm = this.#comm(number)
    if (call.name === 'duplicate' || call.name === 'split') return await this.#derive(comm, call)
    const input = inputOf(number, index, comm.rank, call.length)
    const result = await COLLECTIVES[call.name]?.call(comm, input, call)
    return { kind: 'result', digest: digest(result) }
  }

  async #derive(comm: Communicator, call: CollectiveCall): Promise<Outcome> {
    const color = call.colors[comm.rank]
    const made =
      call.name === 'duplicate'
        ? await comm.duplicate()
        : await comm.split(color === -1 ? undefined : color, call.keys[comm.rank])
    const number = call.makes[color ?? 0]
    if (made === undefined) return { kind: 'result', digest: 'none' }
    if (number !== undefined) this.#comms.set(number, made)
    return { kind: 'result', digest: `rank ${made.rank} of ${made.size}` }
  }

  #comm(number: number): Communicator {
    const comm = this.#comms.get(number)
    if (comm === undefined) throw new Error(`bug: communicator ${number} is not there`)
    return comm
  }

  #value(index: number, { length, isObject }: Payload): unknown {
    const elements = contents(this.#stage.rank, index, length)
    return isObject ? { elements, text: `step ${index}` } : elements
  }
}

/** What the message of a step holds: its name, then a pattern that no other has. */
export function contents(rank: number, step: number, length: number): Int32Array {
  const elements = new Int32Array(length)
  for (let i = 2; i < length; i++) elements[i] = rank * 1000 + step + i
  elements[0] = rank
  elements[1] = step
  return elements
}

function messageOf(value: unknown, status?: Status, members?: readonly number[]): Outcome {
  const elements = value instanceof Int32Array ? value : (value as { elements?: unknown } | undefined)?.elements
  if (!(elements instanceof Int32Array)) return { kind: 'message', from: -1, step: -1, wrong: `it is ${String(value)}` }
  const [from = -1, step = -1] = elements
  const wanted = contents(from, step, elements.length)
  const isWhole = elements.every((element, i) => element === wanted[i])
  const isTold = status === undefined || members?.[status.source] === from
  const wrong = isWhole ? (isTold ? undefined : `its status says source ${status?.source}`) : 'its content has changed'
  return { kind: 'message', from, step, ...(wrong === undefined ? {} : { wrong }) }
}

function found({ source, tag, type, count }: Status): Outcome {
  return { kind: 'found', source, tag, length: type === 'object' ? -1 : count }
}

function sourceOf({ source }: Pattern): number {
  return source === ANY ? ANY_SOURCE : source
}

function tagOf({ tag }: Pattern): { tag?: number } {
  return tag === ANY ? { tag: ANY_TAG } : { tag }
}
