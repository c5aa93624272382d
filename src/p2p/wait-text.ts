/** What is said of an operation that had to be given up: who waited for what, where, why, and what lies queued. */
import { MpiError } from '../errors.ts'
import { ANY_SOURCE, ANY_TAG, type Envelope } from '../wire/envelope.ts'
import { describeCallSite, type CallSite } from './call-site.ts'
import type { Departure } from './peer.ts'
import type { Scope } from './scope.ts'
import type { Cause } from './supervise.ts'

interface Operation {
  readonly operation: string
  readonly tag: number
  readonly context: number
  readonly scope: Scope
  readonly site: CallSite | undefined
}

/** A waiting operation as the texts see it: a send to a peer, or a receive or probe of a source. */
export type Waiting =
  (Operation & { readonly peer: { readonly rank: number } }) | (Operation & { readonly source: number })

/**
 * `receive(source 1, tag 5) at ring.ts:12 timed out after 2000 ms; 3 messages from rank 1 with tag 0 are queued`
 *
 * @param site where it was called, if more is known of that than was noted
 */
export function waitText(waiting: Waiting, cause: Cause, queued: string, site?: string): MpiError {
  const { scope, tag, operation } = waiting
  const process = 'peer' in waiting ? waiting.peer.rank : waiting.source
  const peer = process === ANY_SOURCE ? undefined : scope.rankOf(process)
  const message = `${describeWaiting(waiting, site)} ${cause.text}${queued === '' ? '' : `; ${queued}`}`
  const error = new MpiError(cause.code, message, {
    operation,
    communicator: scope.name,
    ...(peer === undefined ? {} : { peer }),
    ...(tag === ANY_TAG ? {} : { tag }),
    ...(cause.reason === undefined ? {} : { cause: cause.reason }),
  })
  // The platform's convention, by which callers tell an abort from a failure.
  if (cause.code === 'ERR_ABORTED') error.name = 'AbortError'
  return error
}

/** `receive(source 1, tag 5) at ring.ts:12` */
export function describeWaiting(waiting: Waiting, site = describeCallSite(waiting.site)): string {
  return `${describeOperation(waiting)}${site === undefined ? '' : ` at ${site}`}`
}

/** `receive(source 1, tag 5)` */
export function describeOperation(waiting: Waiting): string {
  const { scope, tag, operation } = waiting
  const process = 'peer' in waiting ? waiting.peer.rank : waiting.source
  const peer = process === ANY_SOURCE ? 'any' : String(scope.rankOf(process))
  const end = 'peer' in waiting ? 'destination' : 'source'
  return `${operation}(${end} ${peer}, tag ${tag === ANY_TAG ? 'any' : tag})${scope.name === 'world' ? '' : ` on ${scope.name}`}`
}

/** `3 messages from rank 1 with tag 0 are queued`: what of the same communicator nobody has received. */
export function queuedText(unexpected: Iterable<Envelope>, waiting: { context: number; scope: Scope }): string {
  const counts = new Map<string, number>()
  for (const { context, source, tag } of unexpected) {
    if (context !== waiting.context) continue
    const key = `from rank ${waiting.scope.rankOf(source)} with tag ${tag}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const kinds = [...counts].map(([key, count]) => `${count} ${count === 1 ? 'message' : 'messages'} ${key}`)
  if (kinds.length === 0) return ''
  const shown = kinds.slice(0, 4).join(', ')
  const more = kinds.length > 4 ? ` and ${kinds.length - 4} other kinds` : ''
  const single = kinds.length === 1 && kinds[0]?.startsWith('1 ') === true
  return `${shown}${more} ${single ? 'is' : 'are'} queued`
}

export function departedText(departure: Departure): string {
  switch (departure.how) {
    case 'ended':
      return 'has ended'
    case 'exited':
      return `has exited (${departure.detail})`
    case 'failed':
      return `has failed (${departure.detail})`
    case 'garbled':
      return `has sent what cannot be understood (${departure.detail})`
  }
}
