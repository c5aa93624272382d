/**
 * Ends of peers and of connections that are not yet decided: what has been sent may still arrive, and a connection that
 * broke may be the end of its peer. The launcher decides: it knows how each process has ended.
 */
import type { Endpoint } from '../p2p/endpoint.ts'
import type { AgentMessage, RankMessage } from './control.ts'

/** Milliseconds for which lost packets may still arrive, and between two looks for them. */
const PATIENCE = 1000
const PAUSE = 10
/** Milliseconds after which a rank asks why a connection has ended. Mostly it has heard by then. */
const INQUIRY = 200

export interface DoubtsOptions {
  /** undefined: there is nobody any more to whom an end matters. */
  readonly endpoint: () => Endpoint | undefined
  readonly say: (message: RankMessage) => void
  /** True when this rank has ended communication itself. */
  readonly isClosed: () => boolean
}

export class Doubts {
  readonly #options: DoubtsOptions
  readonly #gone = new Set<number>()
  /** Peers about which the launcher was asked. */
  readonly #cut = new Set<number>()
  #open = 0

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** True while something is to be decided. */
  get areOpen(): boolean {
    return this.#open > 0
  }

  /** A peer has left; what it has sent before is waited for. */
  farewell({ rank, how, detail, sent }: AgentMessage & { readonly type: 'gone' }): void {
    this.#gone.add(rank)
    if (this.#cut.delete(rank)) this.#open--
    const endpoint = this.#options.endpoint()
    if (endpoint === undefined) return
    const deadline = performance.now() + PATIENCE
    const conclude = (): void => {
      const missing = (sent ?? 0) - endpoint.activity.messagesFrom(rank)
      if (how !== 'failed' && missing > 0 && performance.now() < deadline) {
        setTimeout(conclude, PAUSE).unref()
        return
      }
      this.#open--
      const lost = how === 'failed' || missing <= 0 ? '' : `; ${missing} of its messages were lost`
      endpoint.departed(rank, { how, detail: `${detail}${lost}` })
    }
    this.#open++
    conclude()
  }

  /**
   * A connection broke. Whether its other end has left, or only the connection is gone, the launcher is asked: on a busy
   * machine its word may take a while.
   */
  lost(peer: number, reason: string, isGarbled: boolean): void {
    const { endpoint, say, isClosed } = this.#options
    const isOver = (): boolean => this.#gone.has(peer) || isClosed()
    this.#open++
    if (isGarbled)
      queueMicrotask(() => {
        this.#open--
        if (isOver()) return
        say({ type: 'broken', reason: `connection to rank ${peer}: ${reason}` })
        endpoint()?.departed(peer, { how: 'garbled', detail: reason })
      })
    else
      setTimeout(() => {
        if (isOver()) this.#open--
        else {
          this.#cut.add(peer)
          say({ type: 'cut', peer, reason })
        }
      }, INQUIRY).unref()
  }
}
