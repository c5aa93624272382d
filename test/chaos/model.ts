/**
 * What MPI allows: judges what the ranks of a program have seen.
 *
 * The outcome of a program with wildcards is not one but many. So the model does not predict; it replays the program with
 * the matches that were seen, and lets a step complete only when the rules permit it: a receive after the send of its
 * message, after all earlier receives that want that message, and after all earlier messages of that sender that it wants
 * itself; a synchronous send after its match; a collective after those on whom its result depends. What was seen is legal
 * exactly if every step that completed can be replayed. When the program has come to rest, no step may be left that the
 * rules require to complete: then it is stuck exactly if the model is.
 */
import { COLLECTIVES, digest, inputOf } from './collectives.ts'
import {
  stepText,
  ANY,
  type Group,
  type Outcome,
  type Pattern,
  type Program,
  type Step,
  type Trace,
} from './program.ts'

/** A send, or the sending half of a sendReceive. */
interface Message {
  readonly rank: number
  readonly step: number
  readonly source: number
  readonly tag: number
  readonly length: number
  /** The receive that got it. */
  receive: Receive | undefined
}

interface Receive {
  readonly rank: number
  readonly step: number
  readonly pattern: Pattern
  message: Message | undefined
  isMatched: boolean
  /** Timed out: whatever it wanted. */
  isGone: boolean
}

/** What one rank may receive in one communicator: all receives in the order of posting, messages by sender. */
interface Mailbox {
  readonly receives: Receive[]
  readonly messages: Message[][]
}

export interface Verdict {
  /** What is wrong; undefined: nothing. */
  readonly problem: string | undefined
  /** Steps that wait for ever, as rank and step. */
  readonly stuck: readonly (readonly [rank: number, step: number])[]
}

/** `atRest`: nothing can happen any more; else the program was cut short. */
export function judge(program: Program, traces: readonly Trace[], atRest: boolean): Verdict {
  return new Replay(program, traces, atRest).verdict()
}

class Replay {
  readonly #program: Program
  readonly #traces: readonly Trace[]
  readonly #atRest: boolean
  /** By rank: steps that were begun, and whether each is done. */
  readonly #done: boolean[][]
  readonly #next: number[]
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #messages = new Map<string, Message>()
  readonly #receives = new Map<string, Receive>()
  /** Ranks that have entered a call of a communicator. */
  readonly #entered = new Map<string, Set<number>>()

  constructor(program: Program, traces: readonly Trace[], atRest: boolean) {
    this.#program = program
    this.#traces = traces
    this.#atRest = atRest
    this.#done = program.scripts.map(() => [])
    this.#next = program.scripts.map(() => 0)
  }

  verdict(): Verdict {
    try {
      while (this.#advance());
      this.#checkTraces()
      const stuck = this.#pending()
      if (this.#atRest) for (const [rank, step] of stuck) this.#checkStuck(rank, step)
      return { problem: undefined, stuck }
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return { problem: error.message, stuck: this.#pending() }
    }
  }

  /** Begins and completes whatever it can. */
  #advance(): boolean {
    let any = false
    this.#program.scripts.forEach((script, rank) => {
      const done = this.#done[rank] as boolean[]
      while (this.#mayBegin(rank, script)) {
        this.#begin(rank, this.#next[rank] as number)
        this.#next[rank] = (this.#next[rank] as number) + 1
        any = true
      }
      for (let step = 0; step < (this.#next[rank] as number); step++) {
        if (done[step] === true || !this.#traces[rank]?.has(step) || !this.#isPermitted(rank, step)) continue
        done[step] = true
        any = true
      }
    })
    return any
  }

  #mayBegin(rank: number, script: readonly Step[]): boolean {
    const next = this.#next[rank] as number
    const before = script[next - 1]
    return (
      next < script.length && (before === undefined || before.later === true || this.#done[rank]?.[next - 1] === true)
    )
  }

  #begin(rank: number, index: number): void {
    const step = this.#step(rank, index)
    if (step.kind === 'send' || step.kind === 'sendReceive') {
      const group = this.#group(step.comm)
      const source = group.members.indexOf(rank)
      const length = step.payload.isObject ? -1 : step.payload.length
      const message = { rank, step: index, source, tag: step.tag, length, receive: undefined }
      const sent = this.#mailbox(group.members[step.to] as number, step.comm).messages
      ;(sent[source] ??= []).push(message)
      this.#messages.set(`${rank} ${index}`, message)
    }
    if (step.kind === 'receive' || step.kind === 'sendReceive') {
      const outcome = this.#traces[rank]?.get(index)
      const isGone = outcome?.kind === 'timeout'
      const pattern = this.#patternOf(rank, step)
      const receive = { rank, step: index, pattern, message: undefined, isMatched: false, isGone }
      this.#mailbox(rank, step.comm).receives.push(receive)
      this.#receives.set(`${rank} ${index}`, receive)
    }
    if (step.kind === 'collective') {
      const key = `${step.comm} ${step.call}`
      const entered = this.#entered.get(key) ?? new Set()
      this.#entered.set(key, entered.add(rank))
    }
  }

  #isPermitted(rank: number, index: number): boolean {
    const step = this.#step(rank, index)
    const outcome = this.#traces[rank]?.get(index) as Outcome
    if (outcome.kind === 'failed') throw new Violation(`${this.#name(rank, index)} failed: ${outcome.error}`)
    switch (step.kind) {
      case 'send':
        return !step.synchronous || this.#isReceived(this.#messages.get(`${rank} ${index}`) as Message)
      case 'receive':
      case 'sendReceive':
        return outcome.kind === 'timeout' || this.#mayMatch(rank, index, outcome)
      case 'probe':
      case 'iprobe':
        return this.#mayFind(rank, index, step.comm, step.pattern, outcome)
      case 'collective':
        return this.#mayLeave(rank, step.comm, step.call)
      case 'wait':
        return step.step >= index || this.#done[rank]?.[step.step] === true
      case 'free':
      case 'die':
        return true
    }
  }

  /** Whether the receive can have got the message that it got, by now. */
  #mayMatch(rank: number, index: number, outcome: Outcome): boolean {
    if (outcome.kind !== 'message') throw new Violation(`${this.#name(rank, index)} yielded ${outcome.kind}`)
    if (outcome.wrong !== undefined)
      throw new Violation(`${this.#name(rank, index)} got a wrong message: ${outcome.wrong}`)
    const receive = this.#receives.get(`${rank} ${index}`) as Receive
    const message = this.#messages.get(`${outcome.from} ${outcome.step}`)
    if (message === undefined) return false
    const { receives, messages } = this.#mailbox(rank, (this.#step(rank, index) as { comm: number }).comm)
    const sent = messages[message.source] ?? []
    const place = sent.indexOf(message)
    const got = `${this.#name(rank, index)} got the message of ${this.#name(message.rank, message.step)}`
    if (place < 0) throw new Violation(`${got}, which was not for it`)
    if (!wants(receive, message)) throw new Violation(`${got}, which it does not match`)
    if (message.receive !== undefined && message.receive !== receive)
      throw new Violation(`${got}, which ${this.#name(rank, message.receive.step)} got too`)
    for (const earlier of receives) {
      if (earlier === receive) break
      if (wants(earlier, message) && !earlier.isMatched && !earlier.isGone && !this.#isUntold(earlier)) return false
    }
    for (const earlier of sent.slice(0, place))
      if (wants(receive, earlier) && !this.#isReceived(earlier, receive)) return false
    message.receive = receive
    receive.message = message
    receive.isMatched = true
    return true
  }

  /** Whether the message has been matched, by a receive before `limit`. */
  #isReceived(message: Message, limit?: Receive): boolean {
    const isEarly = (receive: Receive): boolean => limit === undefined || receive.step < limit.step
    if (message.receive !== undefined) return message.receive.isMatched && isEarly(message.receive)
    const { rank, comm } = this.#destination(message)
    return this.#mailbox(rank, comm).receives.some(
      (receive) => this.#isUntold(receive) && isEarly(receive) && wants(receive, message),
    )
  }

  /** The program was cut short, so this receive may have got a message without telling. */
  #isUntold({ rank, step }: Receive): boolean {
    return !this.#atRest && this.#traces[rank]?.has(step) !== true
  }

  #destination({ rank, step }: Message): { rank: number; comm: number } {
    const { comm, to } = this.#step(rank, step) as { comm: number; to: number }
    return { rank: this.#group(comm).members[to] as number, comm }
  }

  #mayFind(rank: number, index: number, comm: number, pattern: Pattern, outcome: Outcome): boolean {
    if (outcome.kind === 'nothing') return true
    if (outcome.kind !== 'found') throw new Violation(`${this.#name(rank, index)} yielded ${outcome.kind}`)
    const { messages } = this.#mailbox(rank, comm)
    for (const message of messages[outcome.source] ?? []) {
      if (!matches(pattern, message) || this.#isTakenBefore(message, rank, index)) continue
      if (message.tag === outcome.tag && message.length === outcome.length) return true
      throw new Violation(
        `${this.#name(rank, index)} found tag ${outcome.tag}, length ${outcome.length} of rank ${outcome.source}, ` +
          `but the first is the message of ${this.#name(message.rank, message.step)}`,
      )
    }
    return false
  }

  /** Whether a message goes to a receive that was posted before this step, going by what was seen. */
  #isTakenBefore(message: Message, rank: number, index: number): boolean {
    const trace = this.#traces[rank]
    for (let step = 0; step < index; step++) {
      const outcome = trace?.get(step)
      if (outcome?.kind === 'message' && outcome.from === message.rank && outcome.step === message.step) return true
    }
    return false
  }

  #mayLeave(rank: number, comm: number, index: number): boolean {
    const group = this.#group(comm)
    const call = group.calls[index]
    const entered = this.#entered.get(`${comm} ${index}`) ?? new Set()
    const own = group.members.indexOf(rank)
    const needs = COLLECTIVES[call?.name ?? '']?.needs ?? 'all'
    return group.members.every((member, place) => {
      const isNeeded =
        needs === 'all' ||
        (needs === 'root' && place === call?.root) ||
        (needs === 'atRootAll' && own === call?.root) ||
        (needs === 'lower' && place < own)
      return !isNeeded || entered.has(member)
    })
  }

  /** Everything that was seen was replayed, and collectives have yielded what they must. */
  #checkTraces(): void {
    this.#traces.forEach((trace, rank) => {
      for (const [index, outcome] of trace) {
        if (outcome.kind === 'failed') throw new Violation(`${this.#name(rank, index)} failed: ${outcome.error}`)
        if (this.#done[rank]?.[index] !== true)
          throw new Violation(`${this.#name(rank, index)} completed (${JSON.stringify(outcome)}), though it could not`)
        const step = this.#step(rank, index)
        if (step.kind !== 'collective') continue
        const wanted = this.#resultOf(rank, step.comm, step.call)
        if (outcome.kind !== 'result' || outcome.digest !== wanted)
          throw new Violation(`${this.#name(rank, index)} yielded ${JSON.stringify(outcome)} instead of ${wanted}`)
      }
    })
  }

  #resultOf(rank: number, comm: number, index: number): string {
    const group = this.#group(comm)
    const call = group.calls[index]
    const own = group.members.indexOf(rank)
    if (call === undefined) return 'bug'
    if (call.name === 'duplicate' || call.name === 'split') {
      const made = this.#program.groups[call.makes[call.colors[own] ?? 0] ?? -1]
      return made === undefined ? 'none' : `rank ${made.members.indexOf(rank)} of ${made.members.length}`
    }
    const inputs = group.members.map((_, place) => inputOf(comm, index, place, call.length))
    return digest(COLLECTIVES[call.name]?.result(inputs, own, call))
  }

  #pending(): (readonly [number, number])[] {
    return this.#next.flatMap((next, rank) =>
      Array.from({ length: next }, (_, step) => [rank, step] as const).filter(
        ([, step]) => this.#done[rank]?.[step] !== true,
      ),
    )
  }

  /** Nothing can happen any more: this step must have a reason to wait. */
  #checkStuck(rank: number, index: number): void {
    const step = this.#step(rank, index)
    const complain = (reason: string): never => {
      throw new Violation(`${this.#name(rank, index)} waits for ever, though ${reason}`)
    }
    switch (step.kind) {
      case 'send': {
        const message = this.#messages.get(`${rank} ${index}`)
        if (!step.synchronous) complain('sends are buffered')
        if (message?.receive?.isMatched === true) complain('its message was received')
        return
      }
      case 'receive':
      case 'sendReceive': {
        const receive = this.#receives.get(`${rank} ${index}`) as Receive
        if (step.kind === 'receive' && step.timeout !== undefined) complain('it has a timeout')
        for (const message of this.#mailbox(rank, step.comm).messages.flat())
          if (message.receive === undefined && wants(receive, message))
            complain(`the message of ${this.#name(message.rank, message.step)} is there`)
        return
      }
      case 'probe':
        for (const message of this.#mailbox(rank, step.comm).messages.flat())
          if (matches(step.pattern, message) && !this.#isTakenBefore(message, rank, index))
            complain(`the message of ${this.#name(message.rank, message.step)} is there`)
        return
      case 'collective': {
        const { members } = this.#group(step.comm)
        if (this.#entered.get(`${step.comm} ${step.call}`)?.size === members.length) complain('all have called it')
        return
      }
      case 'wait':
        if (step.step >= index || this.#done[rank]?.[step.step] === true) complain('what it waits for is done')
        return
      case 'die':
        return
      case 'iprobe':
      case 'free':
        complain('it never waits')
    }
  }

  #patternOf(rank: number, step: Step & { pattern: Pattern }): Pattern {
    const found =
      step.kind === 'receive' && step.probed !== undefined ? this.#traces[rank]?.get(step.probed) : undefined
    return found?.kind === 'found' ? { source: found.source, tag: found.tag } : step.pattern
  }

  #mailbox(rank: number, comm: number): Mailbox {
    const key = `${rank} ${comm}`
    const mailbox = this.#mailboxes.get(key) ?? { receives: [], messages: [] }
    this.#mailboxes.set(key, mailbox)
    return mailbox
  }

  #group(comm: number): Group {
    return this.#program.groups[comm] as Group
  }

  #step(rank: number, index: number): Step {
    return this.#program.scripts[rank]?.[index] as Step
  }

  #name(rank: number, index: number): string {
    return `step ${index} of rank ${rank} (${stepText(this.#step(rank, index), this.#program.groups)})`
  }
}

class Violation extends Error {}

function matches(pattern: Pattern, message: Message): boolean {
  return (
    (pattern.source === ANY || pattern.source === message.source) &&
    (pattern.tag === ANY || pattern.tag === message.tag)
  )
}

function wants(receive: Receive, message: Message): boolean {
  return matches(receive.pattern, message)
}
