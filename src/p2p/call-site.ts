/** Where in the user's program an operation was called, for error texts. */
import { fileURLToPath } from 'node:url'
import type { Collectives } from './disagreement.ts'
import type { Waiting } from './wait-text.ts'

/** A captured call stack; reading it is dear, so it waits until somebody asks. */
export interface CallSite {
  readonly stack?: string
}

/** Where this library's files are: as compiled, and as source maps tell it. */
const OWN_FILES: readonly string[] = [new URL('..', import.meta.url).href].flatMap((own) => {
  const urls = [own, own.replace(/dist\/(lib|src)\/$/, 'src/')]
  return [...urls, ...urls.map((url) => fileURLToPath(url))]
})
const FRAMES = 12

/** So many captures in a row, then none for this many milliseconds. */
const IN_A_ROW = 8
const PAUSE = 4
/** Kinds of calls of which the latest site is kept. */
const KEPT = 64
/** Kinds of calls that are told apart, more or less. A power of two. */
const KINDS = 256

/**
 * Captures call sites where this costs little: a few now and then. An operation that waits for long was mostly called
 * after one that waited too, so it has one. A rank that exchanges messages all the time pays next to nothing, and of its
 * last operation it is mostly known where one like it was called.
 */
export class CallSites {
  readonly #collectives: ReadonlyMap<number, Pick<Collectives, 'recall'>>
  #left = IN_A_ROW
  readonly #latest = new Map<string, CallSite>()
  /** Kinds of which one was captured: the first of each always is. */
  readonly #isKnown = new Uint8Array(KINDS)
  readonly #renew = (): void => {
    this.#left = IN_A_ROW
  }

  /** @param collectives what each context that has collectives knows of its own calls */
  constructor(collectives: ReadonlyMap<number, Pick<Collectives, 'recall'>>) {
    this.#collectives = collectives
  }

  /** The same of a call like one that was captured. */
  again(operation: string, peer: number, tag: number): CallSite | undefined {
    return this.#left === 0 ? undefined : this.capture(operation, peer, tag)
  }

  /** What like calls have in common: the operation, the other process (of a collective the context), the tag. */
  capture(operation: string, peer: number, tag: number): CallSite | undefined {
    const kind = kindOf(operation, peer, tag)
    if (this.#left === 0 && this.#isKnown[kind] === 1) return undefined
    this.#isKnown[kind] = 1
    if (this.#left > 0 && --this.#left === 0) setTimeout(this.#renew, PAUSE).unref()
    const site = captureCallSite()
    const key = `${operation} ${peer} ${tag}`
    if (this.#latest.size === KEPT && !this.#latest.has(key)) this.#latest.clear()
    this.#latest.set(key, site)
    return site
  }

  /** Where it was called, or, where that was not noted, one like it: `ring.ts:12, like the one before`. */
  of(waiting: Waiting): string | undefined {
    const { operation, tag, context, site } = waiting
    const collectives = this.#collectives.get(context)
    if (collectives !== undefined) return describeCallSite(site) ?? collectives.recall(tag)?.site
    if (site !== undefined) return describeCallSite(site)
    const peer = 'peer' in waiting ? waiting.peer.rank : waiting.source
    return likeTheOneBefore(this.#latest.get(`${operation} ${peer} ${tag}`))
  }
}

/** `ring.ts:12, like the one before`: where a call like the one meant was made. */
export function likeTheOneBefore(site: CallSite | undefined): string | undefined {
  const like = describeCallSite(site)
  return like === undefined ? undefined : `${like}, like the one before`
}

/** A number for a kind of calls; a few may share it, but no two operations with the same peer and tag. */
function kindOf(operation: string, peer: number, tag: number): number {
  const name = operation.length * 31 + operation.charCodeAt(3) + operation.charCodeAt(0) * 3
  return (name + peer * 61 + tag) & (KINDS - 1)
}

/** Captures the present stack. Costs two microseconds: not for the path of a message that does not wait. */
export function captureCallSite(): CallSite {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = FRAMES
  const site: CallSite = {}
  Error.captureStackTrace(site)
  Error.stackTraceLimit = limit
  return site
}

/** `ring.ts:12`, or undefined when the stack shows none of the user's files. */
export function describeCallSite(site: CallSite | undefined): string | undefined {
  for (const line of (site?.stack ?? '').split('\n').slice(1)) {
    const match = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/.exec(line.trim())
    const file = match?.[1]
    if (file === undefined || OWN_FILES.some((own) => file.startsWith(own))) continue
    return `${decodeURIComponent(file.split(/[/\\]/).pop() ?? file)}:${match?.[2]}`
  }
  return undefined
}
