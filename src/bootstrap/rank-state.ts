/**
 * What a rank says of itself when it is asked: from this the launcher tells a deadlock and what everybody is doing.
 * Ranks are world ranks throughout, except in texts.
 */
import type { Unreceived } from './control.ts'

export interface RankState {
  /**
   * `waiting`: operations of the program wait for messages. `ending`: the script has ended, and others have not yet
   * taken what it sent. `elsewhere`: the program is busy with something else.
   */
  readonly phase: 'waiting' | 'ending' | 'elsewhere'
  /** Nothing but a message can wake it. */
  readonly blocked: boolean
  /** Grows with every packet and operation: while it stays the same, nothing has happened. */
  readonly progress: number
  /** Seconds for which it has stayed the same. */
  readonly seconds: number
  /** What waits, at most `MOST_TOLD`. */
  readonly operations: readonly OperationState[]
  /** How many operations wait besides. */
  readonly more: number
  /** Messages that are here and that nobody has received. */
  readonly unreceived: readonly Unreceived[]
  /** Packets exchanged with each peer. */
  readonly packets: readonly (readonly [peer: number, sent: number, received: number])[]
  /** Number of the latest collective on each communicator, by context. */
  readonly collectives: readonly (readonly [context: number, latest: number])[]
  /** What else may wake it, by the names that Node has for it: `Timeout`, `TCPServerWrap`. */
  readonly resources: readonly string[]
}

export interface OperationState {
  readonly kind: 'receive' | 'send' | 'collective'
  /** `receive`, `allreduce`. */
  readonly operation: string
  /** `receive(source 1, tag 5)`, `allreduce(Op.sum) on world.split(0)`. */
  readonly text: string
  /** `ring.ts:12` */
  readonly site: string | undefined
  /** Who could end the wait; empty: anybody. */
  readonly peers: readonly number[]
  /** undefined: any. For a collective: the number of the call. */
  readonly tag: number | undefined
  readonly context: number
  readonly communicator: string
  /** Who takes part in a collective; undefined: all ranks. */
  readonly members: readonly number[] | undefined
  /** A send that waits for its receiver by the caller's wish. */
  readonly synchronous: boolean
}

export const MOST_TOLD = 16
