/** The latest collectives of a communicator, to tell what was called when ranks disagree. */
import { Signer } from '../collectives/signature.ts'
import type { Call, Signature } from '../collectives/signature.ts'
import type { MpiError } from '../errors.ts'
import { describeCallSite, likeTheOneBefore, type CallSite } from '../p2p/call-site.ts'
import type { Collectives } from '../p2p/disagreement.ts'
import type { Group } from './group.ts'

interface Entry {
  call: number
  signature: Signature
  site: CallSite | undefined
  /** Why it was given up here. */
  end: string | undefined
}

/** Calls that are kept. More than that are never under way at once in a program that makes sense. */
const KEPT = 256

export class CallHistory implements Collectives {
  readonly name: string
  latest = -1
  readonly #group: Group
  readonly #fail: (error: MpiError) => void
  readonly #entries: (Entry | undefined)[] = []
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
    const entry = this.#entries[call % KEPT]
    if (entry === undefined) this.#entries[call % KEPT] = { call, signature, site, end: undefined }
    else {
      entry.call = call
      entry.signature = signature
      entry.site = site
      entry.end = undefined
    }
    if (site !== undefined) {
      if (this.#lines.size === KEPT) this.#lines.clear()
      this.#lines.set(signature.hash, site)
    }
  }

  called(call: number): void {
    this.latest = call
  }

  /** A call has been given up here: others may wait for what is missing of it, and see what was called after it. */
  gaveUp(call: number, why: string): void {
    const entry = this.#entries[call % KEPT]
    if (entry?.call === call) entry.end = why
  }

  signature(call: number): number | undefined {
    const entry = this.#entries[call % KEPT]
    return entry?.call === call && call !== this.latest + 1 ? entry.signature.hash : undefined
  }

  describe(call: number): string {
    const { text, site } = this.recall(call) ?? { text: 'something that it no longer knows', site: undefined }
    const called = site === undefined ? text : `${text} at ${site}`
    const entry = this.#entries[call % KEPT]
    return entry?.call === call && entry.end !== undefined ? `${called}, which it gave up: ${entry.end}` : called
  }

  recall(call: number): { readonly text: string; readonly site: string | undefined } | undefined {
    const entry = this.#entries[call % KEPT]
    if (entry?.call !== call) return undefined
    const { text, hash } = entry.signature
    return { text, site: describeCallSite(entry.site) ?? likeTheOneBefore(this.#lines.get(hash)) }
  }

  fail(_call: number, error: MpiError): void {
    this.#fail(error)
  }
}
