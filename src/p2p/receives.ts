/**
 * Receives and probes as they begin: one looks for its message, or is posted and waits for it, until its limits end that or
 * nothing can come any more.
 */
import { ANY_SOURCE, type Pattern } from '../wire/envelope.ts'
import type { Arrival } from './arrival.ts'
import { captureCallSite, type CallSites } from './call-site.ts'
import type { Departures } from './departures.ts'
import type { Disagreement } from './disagreement.ts'
import type { Glance } from './glance.ts'
import type { Inbox } from './inbox.ts'
import type { Link } from './link.ts'
import type { Outstanding } from './outstanding.ts'
import { PostedProbe, type Posting } from './posted-probe.ts'
import type { PostedReceive } from './posted-receive.ts'
import type { Scope } from './scope.ts'
import type { Limits, Supervision } from './supervise.ts'

export class Receives {
  readonly #link: Link
  readonly #inbox: Inbox
  readonly #glance: Glance
  readonly #outstanding: Outstanding
  readonly #departures: Departures
  readonly #disagreement: Disagreement
  readonly #supervision: Supervision
  readonly #sites: CallSites

  constructor(
    link: Link,
    inbox: Inbox,
    glance: Glance,
    outstanding: Outstanding,
    departures: Departures,
    disagreement: Disagreement,
    supervision: Supervision,
    sites: CallSites,
  ) {
    this.#link = link
    this.#inbox = inbox
    this.#glance = glance
    this.#outstanding = outstanding
    this.#departures = departures
    this.#disagreement = disagreement
    this.#supervision = supervision
    this.#sites = sites
  }

  /** Resolves with what the receive wants. */
  begin(receive: PostedReceive, limits: Limits | undefined): Promise<unknown> {
    const failure = this.#disagreement.failure(receive.context, receive.tag)
    if (failure !== undefined) return Promise.reject(failure)
    this.#glance.interrupted()
    if (!this.#outstanding.isAny && limits === undefined && receive.signature === 0) {
      const outcome = this.#glance.isWorthIt ? this.#look(receive) : undefined
      if (outcome !== undefined) return outcome
      this.#glance.posted()
    }
    const promise = receive.promise()
    this.#outstanding.begin()
    if (limits !== undefined) {
      receive.site ??= captureCallSite()
      this.#limit(receive, limits)
    }
    if (this.#inbox.post(receive)) return promise
    // What has arrived is not looked for now: receives that are posted with this one get theirs without a detour.
    // A collective has the line of its call, or one like it.
    if (receive.signature === 0) receive.site ??= this.#sites.capture(receive.operation, receive.source, receive.tag)
    if (this.#departures.isHopeless(receive)) this.#giveUp(receive)
    return promise
  }

  /** Takes a receive back, whose promise nobody waits for any more. */
  withdraw(receive: PostedReceive): void {
    this.#inbox.cancel(receive)
  }

  /** The earliest message that matches, left in place; undefined when none is here. */
  iprobe(pattern: Pattern): Arrival | undefined {
    this.#link.transport.poll()
    return this.#inbox.probe(pattern)
  }

  /** Resolves with the earliest message that matches, left in place. */
  probe(pattern: Pattern, scope: Scope, limits: Limits | undefined): Promise<Arrival> {
    const here = this.iprobe(pattern)
    if (here !== undefined) return Promise.resolve(here)
    const probe = new PostedProbe(pattern, scope, this.#sites.capture('probe', pattern.source, pattern.tag))
    this.#outstanding.begin()
    if (limits !== undefined) this.#limit(probe, limits)
    this.#inbox.postProbe(probe)
    if (this.#departures.isHopeless(probe)) this.#giveUp(probe)
    return probe.promise
  }

  /** Looks for the message of a receive while nothing else waits: most of what is waited for comes soon. */
  #look(receive: PostedReceive): Promise<unknown> | undefined {
    const { source } = receive
    const { rank, transport } = this.#link
    const inbox = this.#inbox
    if (source === ANY_SOURCE || source === rank || inbox.hasUnexpected) return undefined
    const glance = this.#glance
    glance.begin(receive)
    inbox.looking = receive
    this.#outstanding.beginLooking()
    // What is announced, and what is for another receive, is found by those that are posted.
    while (!glance.hasEnded && !inbox.hasUnexpected) if (transport.glance?.(source, glance.looks) !== true) break
    inbox.looking = undefined
    if (!glance.hasEnded) this.#outstanding.lookedInVain()
    return glance.end()
  }

  #limit(posting: Posting, limits: Limits): void {
    posting.onSettled(
      this.#supervision.supervise(limits, (cause) => {
        this.#link.transport.poll()
        if (this.#inbox.cancel(posting)) posting.reject(this.#inbox.error(posting, cause))
      }),
    )
  }

  /** Fails what was posted too late; a wildcard only after this turn, since a message to oneself may follow. */
  #giveUp(posting: Posting): void {
    const fail = (): void => {
      if (this.#inbox.cancel(posting))
        posting.reject(this.#inbox.error(posting, this.#departures.cause(posting), this.#sites.of(posting)))
    }
    if (posting.source === ANY_SOURCE) setImmediate(fail)
    else fail()
  }
}
