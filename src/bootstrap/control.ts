/**
 * The control channel between a rank and its agent: a socket pair inherited as descriptor `ZMPI_CONTROL_FD`, one JSON
 * document a line. Its end of file means that the other side is gone.
 */

import type { Protection } from '../transport/zeromq/keys.ts'
import type { RankEnvironment } from './environment.ts'
import type { RankState } from './rank-state.ts'

/** What a rank says. */
export type RankMessage =
  /** I communicate: tell me who leaves. Said first, at the first operation. */
  | { readonly type: 'join' }
  /** My sockets are open: others reach me at `address`. Said once, when there is need of sockets. */
  | { readonly type: 'open'; readonly address: string; readonly host: string }
  /** At which address is each of these ranks? Answered rank by rank, when it is known or when the rank has ended. */
  | { readonly type: 'where'; readonly ranks: readonly number[] }
  /** My script has ended normally and all that I sent was taken. `unreceived`: messages that arrived but nobody received. */
  | {
      readonly type: 'ended'
      readonly sent: Account
      readonly received: Account
      /** Peers that have said at the end that they had taken all. */
      readonly confirmed: readonly number[]
      readonly unreceived: readonly Unreceived[]
    }
  /** `process.exit` was called: `queued` messages have not left this process, others may be lost on their way. */
  | {
      readonly type: 'exiting'
      readonly code: number
      readonly queued: number
      readonly sent: Account
      readonly received: Account
      readonly confirmed: readonly number[]
      readonly unreceived: readonly Unreceived[]
    }
  /** End the whole job with this exit code. */
  | { readonly type: 'abort'; readonly code: number; readonly reason?: string }
  /** The library itself has found the job broken (lost message, protocol error). */
  | { readonly type: 'broken'; readonly reason: string }
  /** My connection to `peer` has ended, and I have not heard that it has left. Answered by `gone`, whatever is true. */
  | { readonly type: 'cut'; readonly peer: number; readonly reason: string }
  /** I wait for messages, and it seems that nothing else can wake me. */
  | { readonly type: 'blocked' }
  /** I was wrong, or something has happened since. */
  | { readonly type: 'running' }
  /** My process ends with this code. Only of ranks that are not their agent's children. */
  | { readonly type: 'exit'; readonly code: number }
  /** The answer to `report`. */
  | { readonly type: 'state'; readonly survey: number; readonly state: RankState }

/** How ranks reach each other by ZeroMQ. */
export interface Network {
  /** Where a rank listens: `tcp://address:*`. */
  readonly bind: string
  readonly keys: Protection
  /** A number for the host of each rank, where that is known. */
  readonly hosts?: readonly number[]
}

/** What a rank must know before its first packet. */
export interface Entry {
  readonly environment: RankEnvironment
  /** undefined: by the job's directory. */
  readonly network: Network | undefined
}

/** What an agent says. */
export type AgentMessage =
  /** The first of all, at the start, when the job has several hosts: keys never stand in an environment. */
  | { readonly type: 'network'; readonly network: Network }
  /** The answer to `where`. */
  | { readonly type: 'at'; readonly rank: number; readonly address: string; readonly host: string }
  /** A rank has left; operations that wait for it fail. `sent`: messages that it sent to you, if it told. */
  | {
      readonly type: 'gone'
      readonly rank: number
      readonly how: 'ended' | 'exited' | 'failed'
      readonly detail: string
      readonly sent: number | undefined
    }
  /** What are you doing? With `exact` make sure that nothing else can wake you, if you say so. */
  | { readonly type: 'report'; readonly survey: number; readonly exact: boolean }
  /** Send each of these ranks a packet, whatever it holds: who misses one before it finds out by that. */
  | { readonly type: 'nudge'; readonly peers: readonly number[] }
  // To ranks that another launcher has started:
  /** That launcher calls you so. */
  | { readonly type: 'place'; readonly rank: number; readonly size: number }
  /** All ranks have come: you are a member. */
  | { readonly type: 'entry'; readonly entry: Entry }
  /** You cannot become a member. */
  | { readonly type: 'refused'; readonly reason: string }
  /** I have heard that you end. */
  | { readonly type: 'farewell' }
  /** The job has ended early: end with this code. */
  | { readonly type: 'stop'; readonly code: number }
  /** No rank can ever go on: operations fail. */
  | { readonly type: 'deadlock'; readonly text: string }

/** Messages sent to or received from peers: pairs [rank of the peer, messages]. */
export type Account = readonly (readonly [number, number])[]

export interface Unreceived {
  readonly source: number
  readonly tag: number
  readonly communicator: string
  readonly messages: number
}

/** Cuts a stream of text into documents, whatever the chunks. */
export class LineDecoder<T> {
  #rest = ''
  readonly #handle: (message: T) => void

  constructor(handle: (message: T) => void) {
    this.#handle = handle
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') this.#handle(JSON.parse(line) as T)
  }
}

export function encodeLine(message: RankMessage | AgentMessage): string {
  return `${JSON.stringify(message)}\n`
}
