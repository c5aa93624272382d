/**
 * What the launcher and the agent of another host say to each other: one JSON document a message, and for output and
 * input the bytes themselves in a second frame. Pure.
 */
import type { AgentMessage, RankMessage } from '../../bootstrap/control.ts'
import type { TransportChoice } from '../../bootstrap/environment.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'
import type { StreamName } from '../output.ts'

/** The name of the connection of an agent that shares its start with those of other hosts. */
export function connectionName(name: string, host: string | undefined): string {
  return host === undefined ? name : `${name}.${host}`
}

/** Both sides must speak the same. */
export const PROTOCOL = 2
/** Bytes of one output stream that may be under way to the launcher. */
export const WINDOW = 256 * 1024

/** The one line that an agent reads on its stdin: where the launcher is, and the secret that opens its door. */
export interface Rendezvous {
  readonly protocol: number
  /** Of zmpirun. */
  readonly version: string
  readonly endpoint: string
  /** What this connection is called: the launcher knows by it which host speaks. An agent that was told its host's name adds it. */
  readonly name: string
  readonly keys: Protection
  /** Where the launcher senses pulses, on the same address; 0: nowhere. */
  readonly pulsePort: number
  /** Seconds of silence after which the other side is taken for lost. */
  readonly lease: number
}

/** The share of one host in a job. */
export interface HostScript {
  readonly job: number
  readonly size: number
  readonly transport: TransportChoice
  readonly logLevel: string
  readonly bindTo: 'none' | 'core'
  readonly interface: string | undefined
  /** For the packets of ranks; undefined when all of them are on this host. */
  readonly keys: Protection | undefined
  readonly applications: readonly ScriptApplication[]
  /** A number for the host of each rank of the job. */
  readonly hosts: readonly number[]
  readonly ranks: readonly ScriptRank[]
}

export interface ScriptApplication {
  /** Absolute. */
  readonly program: string
  readonly arguments: readonly string[]
  /** Set over what the host itself gives. */
  readonly environment: Readonly<Record<string, string>>
  readonly workingDirectory: string
}

export interface ScriptRank {
  readonly rank: number
  /** Index into the applications. */
  readonly application: number
  readonly localRank: number
  readonly localSize: number
  readonly hasInput: boolean
}

/** What the launcher says. */
export type Order =
  | { readonly type: 'prepare'; readonly script: HostScript }
  | { readonly type: 'start' }
  | { readonly type: 'tell'; readonly rank: number; readonly messages: readonly AgentMessage[] }
  | { readonly type: 'signal'; readonly signal: NodeJS.Signals }
  /** With bytes: input for a rank. Without: its end. */
  | { readonly type: 'input'; readonly rank: number }
  /** So many bytes of output have been taken. */
  | { readonly type: 'grant'; readonly rank: number; readonly stream: StreamName; readonly bytes: number }
  | { readonly type: 'beat' }
  | { readonly type: 'goodbye' }

/** What an agent says. */
export type Report =
  | { readonly type: 'hello'; readonly protocol: number; readonly version: string; readonly node: string }
  /** `directory`: the job's on this host. */
  | { readonly type: 'ready'; readonly directory: string }
  /** The job cannot run on this host. */
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'started'; readonly rank: number; readonly pid: number }
  | { readonly type: 'unstartable'; readonly rank: number; readonly code: string; readonly message: string }
  | { readonly type: 'said'; readonly rank: number; readonly message: RankMessage }
  /** With bytes. */
  | { readonly type: 'output'; readonly rank: number; readonly stream: StreamName }
  | { readonly type: 'closed'; readonly rank: number; readonly stream: StreamName }
  /** The rank has read a piece of input, or reads no more. */
  | { readonly type: 'taken'; readonly rank: number; readonly isOpen: boolean }
  | { readonly type: 'stopped'; readonly rank: number; readonly isStopped: boolean }
  | { readonly type: 'ended'; readonly rank: number; readonly code?: number; readonly signal?: NodeJS.Signals }
  | { readonly type: 'gone'; readonly rank: number }
  | { readonly type: 'beat' }
  | { readonly type: 'goodbye' }

/** Any message between processes of a job. */
export interface Typed {
  readonly type: string
}

export interface Received<M> {
  readonly message: M
  readonly bytes: Buffer | undefined
}

export function encode(message: Typed, bytes?: Uint8Array): Uint8Array[] {
  const document = Buffer.from(JSON.stringify(message))
  return bytes === undefined ? [document] : [document, bytes]
}

/** @throws when the frames are no message */
export function decode<M extends Typed>(frames: readonly Buffer[]): Received<M> {
  const [document, bytes] = frames
  if (document === undefined || frames.length > 2) throw new Error(`${frames.length} frames`)
  const message: unknown = JSON.parse(document.toString())
  if (typeof message !== 'object' || message === null || !('type' in message) || typeof message.type !== 'string')
    throw new Error('a document without type')
  return { message: message as M, bytes }
}
