/**
 * Random programs for the chaos run: a script for each rank, as data. Communicators are numbered over all ranks, 0 is
 * `world`; ranks in a step are ranks of its communicator.
 */

/** In a pattern: any source, any tag. */
export const ANY = -1

export interface Pattern {
  readonly source: number
  readonly tag: number
}

/** What is sent: an Int32Array of `length` elements (at least 2), or an object that holds it. */
export interface Payload {
  readonly length: number
  readonly isObject: boolean
}

export type Deed =
  | {
      readonly kind: 'send'
      readonly comm: number
      readonly to: number
      readonly tag: number
      readonly payload: Payload
      readonly synchronous: boolean
    }
  /** `probed`: its pattern is what the probe at that step has found. `timeout` in milliseconds. */
  | {
      readonly kind: 'receive'
      readonly comm: number
      readonly pattern: Pattern
      readonly into: boolean
      readonly probed?: number
      readonly timeout?: number
    }
  | {
      readonly kind: 'sendReceive'
      readonly comm: number
      readonly to: number
      readonly tag: number
      readonly payload: Payload
      readonly pattern: Pattern
    }
  | { readonly kind: 'probe' | 'iprobe'; readonly comm: number; readonly pattern: Pattern }
  /** `call` counts the collectives of the communicator, `makes` is the communicator that a duplicate or split makes. */
  | { readonly kind: 'collective'; readonly comm: number; readonly call: number }
  | { readonly kind: 'free'; readonly comm: number }
  /** Waits for an earlier step that was not awaited. */
  | { readonly kind: 'wait'; readonly step: number }
  /** Ends its process. */
  | { readonly kind: 'die'; readonly how: 'SIGKILL' | 'exit' | 'throw' }

export type Step = Deed & {
  /** Turns of the event loop, or milliseconds between processes, before the step. */
  readonly pause?: number
  /** Not awaited before the next step, but by a `wait` or at the end. */
  readonly later?: boolean
}

export interface CollectiveCall {
  readonly name: string
  readonly root: number
  /** Elements of each rank's contribution. */
  readonly length: number
  /** Of duplicate and split: the new communicators' numbers, by color. */
  readonly makes: readonly number[]
  /** Of split: by rank. −1 is undefined. */
  readonly colors: readonly number[]
  readonly keys: readonly number[]
}

export interface Group {
  /** World ranks, in rank order. */
  readonly members: readonly number[]
  readonly calls: readonly CollectiveCall[]
}

export interface Program {
  readonly seed: number
  readonly groups: readonly Group[]
  /** By world rank. */
  readonly scripts: readonly (readonly Step[])[]
}

/** What became of a step: the message that it got, what a probe found, the digest of a collective's result. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'message'; readonly from: number; readonly step: number; readonly wrong?: string }
  | { readonly kind: 'found'; readonly source: number; readonly tag: number; readonly length: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'result'; readonly digest: string }
  /** It has reached a step that ends the process. */
  | { readonly kind: 'dies' }
  /** Failed, with this code or text. */
  | { readonly kind: 'failed'; readonly error: string }

/** By step, what a rank has seen; a step without outcome has not completed. */
export type Trace = ReadonlyMap<number, Outcome>

/** The program in as few words as possible, for whoever looks for a fault in it. */
export function programText({ groups, scripts }: Program): string {
  const lines = groups.map(({ members }, comm) => `communicator ${comm}: world ranks ${members.join(' ')}`)
  scripts.forEach((script, rank) => {
    lines.push(`rank ${rank}:`)
    script.forEach((step, index) => lines.push(`  ${index} ${stepText(step, groups)}`))
  })
  return lines.join('\n')
}

export function stepText(step: Step, groups: readonly Group[]): string {
  const { kind, pause, later, ...rest } = step
  const name = kind === 'collective' ? groups[step.comm]?.calls[step.call] : rest
  const words = `${kind} ${kind === 'collective' ? `${step.comm} ${JSON.stringify(name)}` : JSON.stringify(rest)}`
  return `${words}${later === true ? ' later' : ''}${pause === undefined ? '' : ` after ${pause}`}`
}
