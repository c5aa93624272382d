/**
 * Notices that this rank has waited for a while for messages and that nothing else can wake it, and says so, once; and
 * that it goes on. Answers when it is asked what it is doing. Looks at a few numbers ten times a second at most, so that
 * a message costs nothing.
 */
import type { Endpoint } from '../p2p/endpoint.ts'
import type { AgentMessage, RankMessage, Unreceived } from './control.ts'
import { MOST_TOLD, type RankState } from './rank-state.ts'
import { snapshot } from './snapshot.ts'
import { isNothingElseAlive, obviousWakeUps } from './wake-ups.ts'

/** Milliseconds between two looks: soon after something has happened, longer when nothing does. */
const SOON = 100
const LATER = 500
/** Milliseconds of standstill before this is said; twice as long each time that it turned out to be wrong. */
const STANDSTILL = 100
const LONGEST_STANDSTILL = 5000

/** After a probe the transport looks for packets for a moment, before it sleeps again. */
const QUIET_LOOKS = 10
const QUIET_PAUSE = 5

export interface VigilOptions {
  readonly endpoint: Endpoint
  readonly say: (message: RankMessage) => void
  /** True while there is something to come that the endpoint does not know of. */
  readonly isInDoubt: () => boolean
  /** True when the script has ended. */
  readonly isEnding: () => boolean
  /** Lets the process live or end with nothing but its own work. */
  readonly pause: (isPaused: boolean) => void
  readonly unreceived: () => Unreceived[]
}

export class Vigil {
  readonly #options: VigilOptions
  #timer: NodeJS.Timeout
  #pace = SOON
  #progress = -1
  /** When it was last found changed, and what the sender's clock said then. */
  #since = 0
  #turn = 0
  #standstill = STANDSTILL
  #hasClaimed = false
  #isProbing = false

  constructor(options: VigilOptions) {
    this.#options = options
    this.#timer = this.#arm()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Answers the launcher. With `exact` the event loop itself is asked whether anything else lives. */
  async answer({ survey, exact }: AgentMessage & { type: 'report' }): Promise<void> {
    const { endpoint, isEnding, pause, say } = this.#options
    // What others put into shared memory before they were asked counts.
    endpoint.look()
    const { progress } = endpoint.activity
    let blocked = this.#hasClaimed && progress === this.#progress && !this.#isProbing && this.#seemsBlocked()
    if (blocked && exact) {
      this.#isProbing = true
      blocked = (await isNothingElseAlive(pause)) && (await isQuiet())
      this.#isProbing = false
      if (!blocked) this.#standstill = Math.min(2 * this.#standstill, LONGEST_STANDSTILL)
      blocked &&= progress === endpoint.activity.progress
    }
    if (!blocked) this.#hasClaimed = false
    const resources = [...new Set(obviousWakeUps())]
    const isWaiting = endpoint.activity.waiting().next().done !== true
    // A script with nothing left to do goes on until what it sent is received.
    const ends = isEnding() || (endpoint.activity.isBusy && !isWaiting && resources.length === 0)
    const state: RankState = {
      phase: ends ? 'ending' : isWaiting ? 'waiting' : 'elsewhere',
      blocked,
      progress,
      seconds: progress === this.#progress ? (performance.now() - this.#since) / 1000 : 0,
      ...snapshot(endpoint, ends),
      unreceived: this.#options.unreceived().slice(0, MOST_TOLD),
      resources,
    }
    say({ type: 'state', survey, state })
  }

  #arm(): NodeJS.Timeout {
    const timer = setTimeout(() => this.#look(), this.#pace)
    timer.unref()
    return timer
  }

  #look(): void {
    const { endpoint, say } = this.#options
    const { progress } = endpoint.activity
    if (progress !== this.#progress) {
      this.#progress = progress
      this.#since = performance.now()
      this.#turn = endpoint.activity.turn
      this.#pace = SOON
      this.#standstill = STANDSTILL
      if (this.#hasClaimed) say({ type: 'running' })
      this.#hasClaimed = false
    } else if (!this.#hasClaimed && performance.now() - this.#since >= this.#standstill - 1 && this.#seemsBlocked()) {
      this.#hasClaimed = true
      say({ type: 'blocked' })
    } else this.#pace = Math.min(2 * this.#pace, LATER)
    this.#timer = this.#arm()
  }

  #seemsBlocked(): boolean {
    const { endpoint, isInDoubt } = this.#options
    if (!endpoint.activity.isBusy || !endpoint.activity.isSettled(this.#turn) || isInDoubt()) return false
    return !endpoint.activity.isLimited && obviousWakeUps().length === 0
  }
}

async function isQuiet(): Promise<boolean> {
  for (let looks = 0; looks < QUIET_LOOKS; looks++) {
    await new Promise<void>((resolve) => void setTimeout(resolve, QUIET_PAUSE).unref())
    if (obviousWakeUps().length === 0) return true
  }
  return false
}
