/** What the job knows of an agent: somebody on one host who starts ranks there, signals them and tells what they do. */
import type { Readable, Writable } from 'node:stream'
import type { AgentMessage, RankMessage } from '../bootstrap/control.ts'
import type { Placement } from './mapping.ts'

/** One rank to be started. */
export interface RankStart {
  readonly placement: Placement
  /** Executable and arguments. */
  readonly command: readonly string[]
  /** What it gets besides the variables that an agent adds. */
  readonly environment: NodeJS.ProcessEnv
  readonly workingDirectory: string
  /** Whether its stdin is a pipe; else it reads end of file. */
  readonly hasInput: boolean
}

export interface RankStreams {
  readonly stdin: Writable | undefined
  readonly stdout: Readable
  readonly stderr: Readable
}

/** How a process ended: one of both is defined. */
export interface ProcessEnd {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
}

/** What an agent tells, for each rank in this order; after `onUnstartable` nothing else comes. */
export interface AgentEvents {
  /** Called within `start` or later. Take the streams at once. */
  onStart(rank: number, pid: number, streams: RankStreams): void
  onUnstartable(rank: number, error: NodeJS.ErrnoException): void
  onMessage(rank: number, message: RankMessage): void
  /** Somebody has stopped the process (not `signal`), or it goes on. */
  onStopped(rank: number, isStopped: boolean): void
  /** The process has ended; all that it said came before. Its output may still be on the way. */
  onEnd(rank: number, end: ProcessEnd): void
  /** Nothing is left of the rank: its process group is gone and its streams have ended. */
  onGone(rank: number): void
  /** Hosts could not be used, or one was lost. Their ranks end, and are gone, after this. */
  onHostsFailed(failures: readonly HostFailure[]): void
}

/** Why a host takes no part any more. */
export interface HostFailure {
  /** Its name, or several with commas. */
  readonly host: string
  /** Its ranks were running. */
  readonly isLost: boolean
  readonly reason: string
  /** Lines that the start of its agent has printed. */
  readonly words: readonly string[]
  /** The command that started its agent, quoted for a shell; empty when it did not come to that. */
  readonly command: string
}

export interface Agent {
  start(ranks: readonly RankStart[]): void
  tell(rank: number, messages: readonly AgentMessage[]): void
  /** Sends a signal to the process groups of all ranks that are not gone. After SIGKILL nothing of them remains. */
  signal(signal: NodeJS.Signals): void
  /** Ends the agent; every rank is gone. May resolve later. */
  close(): void | Promise<void>
}
