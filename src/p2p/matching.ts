/**
 * MPI's matching: which receive gets which message. Pure and synchronous.
 *
 * A receive gets the earliest-arrived message that it matches; a message goes to the earliest-posted receive that
 * matches it. If the messages of each sender arrive in the order in which they were sent, they therefore match in that
 * order. No receive in `posted` ever matches a message in `unexpected`.
 */
import type { Envelope, Pattern } from '../wire/envelope.ts'
import { Posted, Unexpected } from './queue.ts'

export class Matching<R extends Pattern, M extends Envelope> {
  readonly #posted = new Posted<R>()
  readonly #unexpected = new Unexpected<M>()

  /** Receives that wait, in the order of posting. */
  get posted(): Iterable<R> & { readonly size: number } {
    return this.#posted
  }

  /** Messages that no receive has asked for, in the order of arrival. */
  get unexpected(): Iterable<M> & { readonly size: number } {
    return this.#unexpected
  }

  /** A receive starts. Returns its message, taken out of `unexpected`, or undefined: then it waits in `posted`. */
  post(receive: R): M | undefined {
    const message = this.#unexpected.take(receive)
    if (message === undefined) this.#posted.add(receive)
    return message
  }

  /** A message arrives. Returns its receive, taken out of `posted`, or undefined: then it waits in `unexpected`. */
  arrive(message: M): R | undefined {
    const receive = this.match(message)
    if (receive === undefined) this.queue(message)
    return receive
  }

  /** The first half of `arrive`, for a message that is no object yet: its receive, taken out of `posted`. */
  match(envelope: Envelope): R | undefined {
    return this.#posted.take(envelope)
  }

  /** The second half of `arrive`: a message for which `match` has found no receive waits in `unexpected`. */
  queue(message: M): void {
    this.#unexpected.add(message)
  }

  /** The message that a receive with this pattern would get, which stays. */
  probe(pattern: Pattern): M | undefined {
    return this.#unexpected.find(pattern)
  }

  /** Takes a waiting receive back. False when it is not waiting: it has its message, or was never posted. */
  cancel(receive: R): boolean {
    return this.#posted.remove(receive)
  }

  /** Takes out all that waits in a context, in order. */
  forget(context: number): { posted: R[]; unexpected: M[] } {
    return { posted: this.#posted.forget(context), unexpected: this.#unexpected.forget(context) }
  }
}
