/**
 * Ranks that call different collectives. Every message of a collective says what its sender thinks the call is (its
 * signature); who receives another than its own
 *
 *   asks the sender what it has called and where    (mismatch, question)
 *   gets the answer, and fails its own call with both texts
 *   tells all other members, whose calls fail too   (mismatch, notice)
 *
 * so that nobody waits for a rank that has given up. Costs nothing while ranks agree.
 */
import { MpiError } from '../errors.ts'
import { FLAG_ANSWER, FLAG_NOTICE, type Header } from '../wire/header.ts'
import type { Body } from '../wire/body.ts'
import type { Arrival } from './arrival.ts'
import type { Link } from './link.ts'
import type { Outstanding } from './outstanding.ts'
import type { Peer, Peers } from './peer.ts'
import type { PostedReceive } from './posted-receive.ts'

/** What a communicator knows of its collectives. */
export interface Collectives {
  readonly name: string
  /** World ranks of the members. */
  readonly members: readonly number[]
  rankOf(process: number): number
  /** Number of the latest call; −1 before the first. */
  readonly latest: number
  /** What was called, where, and why it was given up if it was: `allreduce(sum, Float64Array × 3) at heat.ts:41`. */
  describe(call: number): string
  /** The same in parts; undefined when it is no longer known. */
  recall(call: number): { readonly text: string; readonly site: string | undefined } | undefined
  /** The signature of a call that was made, undefined for others. */
  signature(call: number): number | undefined
  /** The ranks disagree on this call: later collectives fail too. */
  fail(call: number, error: MpiError): void
}

/** Milliseconds for which a rank waits to hear what the other has called. */
const PATIENCE = 5000

interface Question {
  readonly context: number
  readonly call: number
  readonly timer: NodeJS.Timeout
  /** Called with the error once the other side is known. */
  readonly settle: ((error: MpiError) => void)[]
}

export class Disagreement {
  readonly #link: Link
  readonly #peers: Peers
  /** Takes the receives that wait in a call of a collective. */
  readonly #withdraw: (context: number, call: number) => PostedReceive[]
  readonly #outstanding: Outstanding
  readonly #collectives = new Map<number, Collectives>()
  readonly #questions = new Map<string, Question>()
  /** What was told of each context. */
  readonly #stories = new Map<number, string>()
  /** The call of each context on which the ranks disagree, and how. */
  readonly #failures = new Map<number, { readonly call: number; readonly text: string }>()
  /** The first disagreement, until a rejected promise has told the program of one. */
  #untold: string | undefined = undefined
  #isTold = false

  constructor(
    link: Link,
    peers: Peers,
    withdraw: (context: number, call: number) => PostedReceive[],
    outstanding: Outstanding,
  ) {
    this.#link = link
    this.#peers = peers
    this.#withdraw = withdraw
    this.#outstanding = outstanding
  }

  /** A disagreement of which the program has not heard: its calls had all returned. */
  get untold(): string | undefined {
    return this.#isTold ? undefined : this.#untold
  }

  /** A call was refused because of an earlier disagreement. */
  told(): void {
    this.#isTold = true
  }

  /** Resolves when no question is open. */
  async concluded(): Promise<void> {
    while (this.#questions.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** A communicator is about to call its first collective; the others may have fallen out over it already. */
  register(context: number, collectives: Collectives): void {
    this.#collectives.set(context, collectives)
    const story = this.#stories.get(context)
    if (story !== undefined) collectives.fail(0, this.#error(context, story, undefined))
  }

  forget(context: number): void {
    this.#collectives.delete(context)
    this.#stories.delete(context)
    this.#failures.delete(context)
  }

  /** The collectives of every communicator on which one was called, by context. */
  get collectives(): ReadonlyMap<number, Collectives> {
    return this.#collectives
  }

  /** Why a receive of this call must not wait: word of a disagreement has come since the call began. */
  failure(context: number, call: number): MpiError | undefined {
    const failure = this.#failures.size === 0 ? undefined : this.#failures.get(context)
    if (failure === undefined || call < failure.call) return undefined
    this.#isTold = true
    return this.#error(context, failure.text, undefined)
  }

  /** A receive, matched and counted as waiting, has got a message of another collective. */
  found(receive: PostedReceive, source: number): void {
    this.#ask(source, receive.context, receive.tag, (error) => {
      this.#isTold = true
      this.#outstanding.end()
      receive.reject(error)
    })
  }

  /** A message of a collective has come for which no receive waits. It may belong to a call that was another one here. */
  arrived(arrival: Arrival): void {
    const signature = this.#collectives.get(arrival.context)?.signature(arrival.tag)
    if (signature !== undefined && signature !== arrival.signature)
      this.#ask(arrival.source, arrival.context, arrival.tag, () => {})
  }

  /** A process has put a record of this call on the board, or none, which does not go with what was called here. */
  suspected(source: number, context: number, call: number): void {
    this.#ask(source, context, call, () => {})
  }

  /** A message is here before the call that it belongs to, which is another one. Rejects when it's known what. */
  refuted(arrival: Arrival): Promise<never> {
    this.#isTold = true
    // The answer is a packet, for which this rank has to look.
    this.#outstanding.begin()
    return new Promise((_, reject) =>
      this.#ask(arrival.source, arrival.context, arrival.tag, (error) => {
        this.#outstanding.end()
        reject(error)
      }),
    )
  }

  /** A `mismatch` packet. */
  packet(peer: Peer, header: Header, body: Body): void {
    const { context, tag: call, flags } = header
    const text = Buffer.from(body.bytes.subarray(body.offset, body.offset + header.bytes)).toString('utf8')
    if (flags === FLAG_ANSWER) this.#conclude(peer.rank, context, call, text)
    else if (flags === FLAG_NOTICE) this.#fail(context, call, text)
    else {
      this.#say(peer, context, call, FLAG_ANSWER, this.#describe(context, call))
      const story = this.#compose(context, call, peer.rank, text)
      this.#tell(context, call, peer.rank, story)
      this.#fail(context, call, story)
    }
  }

  #ask(source: number, context: number, call: number, settle: (error: MpiError) => void): void {
    const key = keyOf(source, context, call)
    const asked = this.#questions.get(key)
    if (asked !== undefined) {
      asked.settle.push(settle)
      return
    }
    const timer = setTimeout(() => this.#conclude(source, context, call, 'another collective'), PATIENCE)
    this.#questions.set(key, { context, call, settle: [settle], timer })
    this.#say(this.#peers.get(source), context, call, 0, this.#describe(context, call))
  }

  #conclude(source: number, context: number, call: number, theirs: string): void {
    const question = this.#questions.get(keyOf(source, context, call))
    if (question === undefined) return
    this.#questions.delete(keyOf(source, context, call))
    clearTimeout(question.timer)
    const story = this.#compose(context, call, source, theirs)
    this.#tell(context, call, source, story)
    for (const settle of question.settle) settle(this.#error(context, story, undefined))
    this.#fail(context, call, story)
  }

  /** Tells all members but the one that knows already. */
  #tell(context: number, call: number, knowing: number, story: string): void {
    for (const member of this.#collectives.get(context)?.members ?? [])
      if (member !== this.#link.rank && member !== knowing)
        this.#say(this.#peers.get(member), context, call, FLAG_NOTICE, story)
  }

  #fail(context: number, call: number, text: string): void {
    this.#untold ??= text
    this.#stories.set(context, text)
    this.#failures.set(context, { call, text })
    // Who is still being asked need not answer any more, and may be gone.
    for (const [key, question] of this.#questions) {
      if (question.context !== context || question.call !== call) continue
      this.#questions.delete(key)
      clearTimeout(question.timer)
      for (const settle of question.settle) settle(this.#error(context, text, undefined))
    }
    for (const receive of this.#withdraw(context, call)) {
      this.#isTold = true
      receive.reject(this.#error(context, text, receive.operation))
    }
    this.#collectives.get(context)?.fail(call, this.#error(context, text, undefined))
  }

  #compose(context: number, call: number, other: number, theirs: string): string {
    const collectives = this.#collectives.get(context)
    const [own, peer] = [collectives?.rankOf(this.#link.rank), collectives?.rankOf(other)]
    return (
      `the ranks of ${collectives?.name} disagree on its collective number ${call + 1}: ` +
      `rank ${own}: ${this.#describe(context, call)}; rank ${peer}: ${theirs}`
    )
  }

  #describe(context: number, call: number): string {
    return this.#collectives.get(context)?.describe(call) ?? 'nothing yet'
  }

  #error(context: number, text: string, operation: string | undefined): MpiError {
    const name = this.#collectives.get(context)?.name
    return new MpiError('ERR_MISMATCH', text, {
      ...(operation === undefined ? {} : { operation }),
      ...(name === undefined ? {} : { communicator: name }),
    })
  }

  #say(peer: Peer, context: number, call: number, flags: number, text: string): void {
    if (peer.departure === undefined) this.#link.mismatch(peer, context, call, flags, text)
  }
}

function keyOf(source: number, context: number, call: number): string {
  return `${source} ${context} ${call}`
}
