/** What the proxies of ranks and the coordinator of their job say to each other. Pure. */
import type { AgentMessage, Entry, RankMessage } from '../../bootstrap/control.ts'

/** Both sides must speak the same. */
export const PROTOCOL = 2

/** Who comes. */
export interface Newcomer {
  readonly protocol: number
  readonly version: string
  readonly rank: number
  readonly size: number
  /** Tells this process from others, should several claim the same rank. */
  readonly instance: string
  /** Proves its rank, where the launcher can confirm it. */
  readonly token: string
  readonly pid: number
  /** Of its host: the name, and what only processes share that see each other's memory and processes. */
  readonly host: { readonly name: string; readonly id: string }
  /** By which of the coordinator's endpoints it came. */
  readonly via: string
  /** Its own address on that way, or on the network that its user has chosen. */
  readonly address: string
  readonly isChosen: boolean
}

/** Where the coordinator senses signs of life, on the address by which a proxy has come; 0: nowhere. */
export interface PulsePort {
  readonly port: number
  /** Of the seal. */
  readonly secret: string
}

/** What a proxy says. */
export type Report =
  | ({ readonly type: 'hello' } & Newcomer)
  /** The answer to `create`: others of this host open the memory at `path`. Empty: there is none. */
  | { readonly type: 'created'; readonly path: string }
  | { readonly type: 'opened'; readonly isOpen: boolean }
  | { readonly type: 'said'; readonly message: RankMessage }
  /** The rank's process is gone. Without a code: it was killed. */
  | { readonly type: 'left'; readonly code?: number }
  | { readonly type: 'beat' }

/** What the coordinator says. */
export type Order =
  /** You are expected. `lease`: seconds of silence after which one is taken for lost. */
  | { readonly type: 'welcome'; readonly lease: number; readonly pulse: PulsePort }
  | { readonly type: 'refused'; readonly reason: string }
  /** Create the memory that so many ranks of your host share. */
  | { readonly type: 'create'; readonly ranks: number; readonly job: number }
  /** See whether you can open that memory. */
  | { readonly type: 'open'; readonly path: string }
  /** All have come. Where the entry has a segment, it is the memory that you have opened. */
  | { readonly type: 'entry'; readonly entry: Entry }
  | { readonly type: 'tell'; readonly messages: readonly AgentMessage[] }
  /** End the rank: by itself, with this code, or by the signal. */
  | { readonly type: 'stop'; readonly signal: NodeJS.Signals; readonly code: number }
  /** Nobody needs you any more. */
  | { readonly type: 'over' }
  | { readonly type: 'beat' }

/** Whether somebody who claims to come says who. */
export function isNewcomer(value: { readonly [K in keyof Newcomer]?: unknown }): value is Newcomer {
  const { protocol, version, rank, size, instance, token, pid, host, via, address } = value
  const isHost = typeof host === 'object' && host !== null && 'name' in host && 'id' in host
  return (
    [protocol, rank, size, pid].every((number) => Number.isSafeInteger(number)) &&
    isHost &&
    [version, instance, token, via, address, host.name, host.id].every((text) => typeof text === 'string')
  )
}
