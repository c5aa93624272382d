/**
 * Makes random programs. Each is at first a list of events in an order in which all of them could complete, dealt out to
 * the ranks; then, in some of them, steps are exchanged, left out or changed, so that ranks may wait for ever.
 */
import { Random } from '../support/random.ts'
import { COLLECTIVES } from './collectives.ts'
import { ANY, type CollectiveCall, type Group, type Pattern, type Payload, type Program, type Step } from './program.ts'

export interface GenerateOptions {
  readonly ranks: number
  readonly steps: number
  /** Lengths of payloads to choose from. */
  readonly lengths: readonly number[]
  /** Whether a rank may end its process. */
  readonly deaths: boolean
}

interface OpenGroup extends Group {
  readonly members: number[]
  readonly calls: CollectiveCall[]
  /** Used for awaited collectives only, so that it may be freed. */
  readonly isQuiet: boolean
  isFreed: boolean
}

export function generate(seed: number, options: GenerateOptions): Program {
  return new Generation(seed, options).program()
}

class Generation {
  readonly #seed: number
  readonly #random: Random
  readonly #options: GenerateOptions
  readonly #groups: OpenGroup[] = []
  readonly #scripts: Step[][]
  /** Whether objects are sent; if not, messages may be received into memory. */
  readonly #objects: boolean
  readonly #pauses: boolean

  constructor(seed: number, options: GenerateOptions) {
    this.#seed = seed
    this.#options = options
    this.#random = new Random(seed)
    const size = 2 + this.#random.below(options.ranks - 1)
    this.#objects = this.#random.chance(0.5)
    this.#pauses = this.#random.chance(0.5)
    this.#scripts = Array.from({ length: size }, () => [])
    this.#addGroup(Array.from({ length: size }, (_, rank) => rank))
  }

  program(): Program {
    const random = this.#random
    const isFull = (): boolean => this.#scripts.some((script) => script.length >= this.#options.steps - 1)
    while (!isFull()) {
      const comm = random.below(this.#groups.length)
      const group = this.#groups[comm] as OpenGroup
      if (group.isFreed) continue
      if (group.isQuiet) {
        if (random.chance(0.25)) this.#free(comm)
        else this.#collective(comm, false)
      } else if (random.chance(0.55)) this.#message(comm)
      else if (random.chance(0.3)) this.#exchange(comm)
      else if (random.chance(0.3)) this.#fanIn(comm)
      else if (random.chance(0.2) && this.#groups.length < 6) this.#derive(comm)
      else this.#collective(comm, random.chance(0.3))
    }
    if (random.chance(0.3)) for (let changes = 1 + random.below(3); changes > 0; changes--) this.#spoil()
    if (this.#options.deaths && random.chance(0.3)) this.#kill()
    return { seed: this.#seed, groups: this.#groups, scripts: this.#scripts }
  }

  #addGroup(members: number[]): number {
    const isQuiet = this.#groups.length > 0 && this.#random.chance(0.3)
    return this.#groups.push({ members, calls: [], isQuiet, isFreed: false }) - 1
  }

  #add(rank: number, step: Step): number {
    const pause = this.#pauses && this.#random.chance(0.2) ? { pause: this.#random.below(6) } : {}
    const script = this.#scripts[rank] as Step[]
    return script.push({ ...step, ...pause }) - 1
  }

  #later(probability: number): { later?: boolean } {
    return this.#random.chance(probability) ? { later: true } : {}
  }

  #payload(): Payload {
    return { length: this.#random.pick(this.#options.lengths), isObject: this.#objects && this.#random.chance(0.5) }
  }

  /** A pattern that matches this message, or more. */
  #pattern(source: number, tag: number): Pattern {
    return { source: this.#random.chance(0.4) ? ANY : source, tag: this.#random.chance(0.4) ? ANY : tag }
  }

  #message(comm: number): void {
    const random = this.#random
    const { members } = this.#groups[comm] as OpenGroup
    const [from, to] = [random.below(members.length), random.below(members.length)]
    const tag = random.below(3)
    const synchronous = random.chance(0.25)
    const send: Step = { kind: 'send', comm, to, tag, payload: this.#payload(), synchronous }
    const isEarly = random.chance(0.2)
    if (isEarly) this.#receive(comm, members[to] as number, this.#pattern(from, tag), true)
    this.#add(members[from] as number, { ...send, ...this.#later(from === to && synchronous ? 1 : 0.3) })
    if (!isEarly) this.#receive(comm, members[to] as number, this.#pattern(from, tag), random.chance(0.25))
  }

  #receive(comm: number, rank: number, pattern: Pattern, later: boolean): void {
    const random = this.#random
    if (random.chance(0.08)) this.#add(rank, { kind: 'iprobe', comm, pattern })
    const isProbed = !later && random.chance(0.15)
    const probed = isProbed ? { probed: this.#add(rank, { kind: 'probe', comm, pattern }) } : {}
    const into = !this.#objects && random.chance(0.3)
    const timeout = random.chance(0.03) ? { timeout: 1 + random.below(15) } : {}
    const at = this.#add(rank, {
      kind: 'receive',
      comm,
      pattern,
      into,
      ...probed,
      ...timeout,
      ...(later ? { later } : {}),
    })
    if (later && random.chance(0.2)) this.#add(rank, { kind: 'wait', step: at })
  }

  /** Every member to its right neighbour. */
  #exchange(comm: number): void {
    const { members } = this.#groups[comm] as OpenGroup
    const size = members.length
    const tag = this.#random.below(3)
    members.forEach((rank, index) => {
      const pattern = this.#pattern((index + size - 1) % size, tag)
      const to = (index + 1) % size
      this.#add(rank, { kind: 'sendReceive', comm, to, tag, payload: this.#payload(), pattern, ...this.#later(0.2) })
    })
  }

  /** All others to one, which takes what comes. */
  #fanIn(comm: number): void {
    const random = this.#random
    const { members } = this.#groups[comm] as OpenGroup
    const to = random.below(members.length)
    const tag = random.below(3)
    const synchronous = random.chance(0.3)
    for (const [from, rank] of members.entries()) {
      if (from === to) continue
      this.#add(rank, { kind: 'send', comm, to, tag, payload: this.#payload(), synchronous, ...this.#later(0.3) })
      this.#receive(comm, members[to] as number, { source: ANY, tag: random.pick([tag, ANY]) }, random.chance(0.3))
    }
  }

  #collective(comm: number, later: boolean): void {
    const random = this.#random
    const { members, calls } = this.#groups[comm] as OpenGroup
    const name = random.pick(Object.keys(COLLECTIVES))
    const root = random.below(members.length)
    const length = random.pick([1, 3, members.length * 2, 700])
    const call = calls.push({ name, root, length, makes: [], colors: [], keys: [] }) - 1
    for (const rank of members) this.#add(rank, { kind: 'collective', comm, call, ...(later ? { later } : {}) })
  }

  #derive(comm: number): void {
    const random = this.#random
    const { members, calls } = this.#groups[comm] as OpenGroup
    if (random.chance(0.5)) {
      const made = this.#addGroup([...members])
      calls.push({ name: 'duplicate', root: 0, length: 0, makes: [made], colors: [], keys: [] })
    } else {
      const colors = members.map(() => random.below(3) - 1)
      const keys = members.map(() => random.below(3))
      const order = members
        .map((_, index) => index)
        .toSorted((a, b) => (keys[a] as number) - (keys[b] as number) || a - b)
      const makes = [0, 1].map((color) => {
        const chosen = order.filter((index) => colors[index] === color).map((index) => members[index] as number)
        return chosen.length === 0 ? -1 : this.#addGroup(chosen)
      })
      calls.push({ name: 'split', root: 0, length: 0, makes, colors, keys })
    }
    for (const rank of members) this.#add(rank, { kind: 'collective', comm, call: calls.length - 1 })
  }

  #free(comm: number): void {
    const group = this.#groups[comm] as OpenGroup
    group.isFreed = true
    for (const rank of group.members) this.#add(rank, { kind: 'free', comm })
  }

  #spoil(): void {
    const random = this.#random
    const script = random.pick(this.#scripts)
    if (script.length < 2) return
    const at = random.below(script.length - 1)
    const step = script[at] as Step
    const isFixed = script.some((other) => refersTo(other, at))
    switch (random.below(5)) {
      case 0: {
        const next = script[at + 1] as Step
        if (isFixed || script.some((other) => refersTo(other, at + 1)) || !this.#mayPass(step, next)) return
        script[at] = next
        script[at + 1] = step
        return
      }
      case 1:
        // Its number is its name: it stays, and does nothing.
        if (!isFixed && ['send', 'receive', 'sendReceive'].includes(step.kind)) script[at] = { kind: 'wait', step: at }
        return
      case 2:
        if (step.kind === 'send') script[at] = { ...step, tag: random.below(3), synchronous: random.chance(0.5) }
        if (step.kind === 'receive' && step.probed === undefined)
          script[at] = { ...step, pattern: { ...step.pattern, tag: random.below(3) } }
        return
      case 3:
        if (step.kind === 'receive' && step.probed === undefined) {
          const { members } = this.#groups[step.comm] as OpenGroup
          script[at] = { ...step, pattern: { ...step.pattern, source: random.below(members.length) } }
        }
        return
      default:
        if (random.chance(0.4)) script.length = at + 1
    }
  }

  /** Whether two neighbouring steps may change places without breaking a rule of MPI. */
  #mayPass(first: Step, second: Step): boolean {
    for (const step of [first, second]) {
      if (step.kind === 'free' || step.kind === 'wait' || step.kind === 'die') return false
      if (step.kind === 'receive' && step.probed !== undefined) return false
    }
    if (first.kind !== 'collective' || !('comm' in second)) return true
    const { makes } = (this.#groups[first.comm] as OpenGroup).calls[first.call] as CollectiveCall
    return !makes.includes(second.comm) && (second.kind !== 'collective' || second.comm !== first.comm)
  }

  #kill(): void {
    const script = this.#random.pick(this.#scripts)
    const at = this.#random.below(script.length)
    script.length = at
    script.push({
      kind: 'die',
      how: this.#random.pick(['SIGKILL', 'exit', 'throw'] as const),
      pause: this.#random.below(30),
    })
  }
}

function refersTo(step: Step, at: number): boolean {
  return (step.kind === 'wait' && step.step === at) || (step.kind === 'receive' && step.probed === at)
}
