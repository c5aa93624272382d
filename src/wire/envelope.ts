/**
 * The envelope of a message, by which it is matched, and the pattern of a receive.
 * Sources are process numbers (ranks of the job), not ranks of a communicator: translation is the communicator's work.
 */

/** Matches a message from any rank. */
export const ANY_SOURCE = -2
/** Matches a message with any tag. */
export const ANY_TAG = -1
/** The null peer: sends to it vanish, receives from it yield nothing at once. */
export const PROC_NULL = -3
/** The largest tag. */
export const TAG_MAX = 2 ** 31 - 1

export interface Envelope {
  readonly context: number
  readonly source: number
  readonly tag: number
}

/** An envelope in which source may be `ANY_SOURCE` and tag `ANY_TAG`. */
export type Pattern = Envelope

export function matches(pattern: Pattern, envelope: Envelope): boolean {
  return (
    pattern.context === envelope.context &&
    (pattern.source === envelope.source || pattern.source === ANY_SOURCE) &&
    (pattern.tag === envelope.tag || pattern.tag === ANY_TAG)
  )
}
