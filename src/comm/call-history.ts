/** The latest collectives of a communicator, to tell what was called when ranks disagree. */
import { Signer } from '../collectives/signature.ts'
import type { Call, Signature } from '../collectives/signature.ts'
import type { MpiError } from '../errors.ts'
import { describeCallSite, likeTheOneBefore, type CallSite } from '../p2p/call-site.ts'
import type { Collectives } from '../p2p/disagreement.ts'
import { isAhead } from '../p2p/roll-call.ts'
import type { Group } from './group.ts'

/** Calls in a row that are alike; only the first may have a site of its own. */
interface Run {
  readonly first: number
  last: number
  readonly signature: Signature
  readonly site: CallSite | undefined
  /** The latest that was known then of a call like these. */
  readonly like: CallSite | undefined
}

/** Runs that are kept. More calls than that are never under way at once in a program that makes sense. */
const KEPT = 256

export class CallHistory implements Collectives {
  readonly name: string
  latest = -1
  readonly #group: Group
  readonly #fail: (error: MpiError) => void
  /** The latest is the last. */
  readonly #runs: Run[] = []
  #run: Run | undefined = undefined
  /** Why calls were given up here. */
  readonly #ends = new Map<number, string>()
  readonly #signer = new Signer()
  /** The latest line that was noted of each kind of call. */
  readonly #lines = new Map<number, CallSite>()

  /** `fail` is called when the ranks disagree. */
  constructor(name: string, group: Group, fail: (error: MpiError) => void) {
    this.name = name
    this.#group = group
    this.#fail = fail
  }

  get members(): readonly number[] {
    return this.#group.processes
  }

  rankOf(process: number): number {
    return this.#group.rankOf(process)
  }

  sign(call: Call): Signature {
    return this.#signer.sign(call)
  }

  /** A call begins: one that its arguments do not forbid is `called` next, before anything arrives. */
  add(call: number, signature: Signature, site: CallSite | undefined): void {
    const run = this.#run
    if (run !== undefined && site === undefined && run.signature === signature && run.last === call - 1) run.last = call
    else this.#begin(call, signature, site)
  }

  called(call: number): void {
    this.latest = call
  }

  /** A call has been given up here: others may wait for what is missing of it, and see what was called after it. */
  gaveUp(call: number, why: string): void {
    this.#ends.set(call, why)
  }

  signature(call: number): number | undefined {
    return call === this.latest + 1 ? undefined : this.#runOf(call)?.signature.hash
  }

  describe(call: number): string {
    const { text, site } = this.recall(call) ?? { text: 'something that it no longer knows', site: undefined }
    const called = site === undefined ? text : `${text} at ${site}`
    const end = this.#ends.get(call)
    return end === undefined ? called : `${called}, which it gave up: ${end}`
  }

  recall(call: number): { readonly text: string; readonly site: string | undefined } | undefined {
    const run = this.#runOf(call)
    if (run === undefined) return undefined
    const { text, hash } = run.signature
    const site = call === run.first ? describeCallSite(run.site) : undefined
    return { text, site: site ?? likeTheOneBefore(run.like ?? this.#lines.get(hash)) }
  }

  fail(_call: number, error: MpiError): void {
    this.#fail(error)
  }

  #begin(call: number, signature: Signature, site: CallSite | undefined): void {
    // The arguments of the call before forbade it.
    if (this.#run?.last === call && --this.#run.last < this.#run.first) this.#runs.pop()
    if (this.#runs.length === KEPT) this.#runs.shift()
    this.#run = { first: call, last: call, signature, site, like: site ?? this.#lines.get(signature.hash) }
    this.#runs.push(this.#run)
    if (site === undefined) return
    if (this.#lines.size === KEPT) this.#lines.clear()
    this.#lines.set(signature.hash, site)
  }

  #runOf(call: number): Run | undefined {
    const run = this.#run
    // Asked of every message that comes before its call.
    if (run === undefined || isAhead(call, run.last)) return undefined
    return call >= run.first && call <= run.last
      ? run
      : this.#runs.findLast(({ first, last }) => first <= call && call <= last)
  }
}
