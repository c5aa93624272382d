/** Why a job ends before its ranks have all ended well, and the exit status that follows. Pure. */
import { constants } from 'node:os'
import type { HostFailure, ProcessEnd } from './agent.ts'

export type Failure =
  /** A rank's process ended badly. */
  | { readonly kind: 'process'; readonly rank: number; readonly end: ProcessEnd }
  | { readonly kind: 'unstartable'; readonly rank: number; readonly error: NodeJS.ErrnoException }
  | { readonly kind: 'abort'; readonly rank: number; readonly code: number; readonly reason: string | undefined }
  /** The library in a rank has found the job broken. */
  | { readonly kind: 'broken'; readonly rank: number; readonly reason: string }
  /** A rank left by process.exit(0) with messages that had not left it. */
  | { readonly kind: 'unsent'; readonly rank: number; readonly messages: number }
  /** Ranks have ended well, but what one has sent before it called process.exit has not arrived. */
  | { readonly kind: 'lost'; readonly losses: readonly Loss[] }
  /** All ranks wait, and for so many seconds nothing has arrived where packets are missing. */
  | { readonly kind: 'silence'; readonly losses: readonly Loss[]; readonly seconds: number }
  /** Ranks have ended well, but their accounts do not match: a defect of this library. */
  | { readonly kind: 'miscounted'; readonly losses: readonly Loss[] }
  /** All ranks wait for each other. `lines`: the diagnosis. */
  | { readonly kind: 'deadlock'; readonly lines: readonly string[] }
  /** Messages that nobody received, under `--strict`. */
  | { readonly kind: 'unreceived'; readonly messages: number }
  /** Hosts could not be used, or one was lost. */
  | { readonly kind: 'hosts'; readonly failures: readonly HostFailure[] }
  | { readonly kind: 'timeout'; readonly seconds: number }
  /** A signal to the launcher. */
  | { readonly kind: 'interrupted'; readonly signal: NodeJS.Signals }
  /** Output cannot be written. EPIPE: the reader has had enough. */
  | { readonly kind: 'output'; readonly where: string; readonly error: NodeJS.ErrnoException }

export interface Loss {
  readonly source: number
  readonly destination: number
  /** Lost; less than 0: that many more have arrived than were sent. */
  readonly messages: number
}

/** True for what is found when all ranks are gone. */
export function isFoundAtTheEnd({ kind }: Failure): boolean {
  return kind === 'lost' || kind === 'miscounted' || kind === 'unreceived'
}

/** True when nothing is said: the user knows, or the reader of the output has had enough. */
export function isSilent(failure: Failure): boolean {
  return failure.kind === 'interrupted' || (failure.kind === 'output' && failure.error.code === 'EPIPE')
}

export function exitStatus(failure: Failure | undefined): number {
  switch (failure?.kind) {
    case undefined:
      return 0
    case 'process':
      return failure.end.code ?? signalStatus(failure.end.signal)
    case 'unstartable':
      return failure.error.code === 'ENOENT' ? 127 : 126
    case 'abort':
      return failure.code
    case 'broken':
    case 'unsent':
    case 'lost':
    case 'silence':
    case 'miscounted':
    case 'deadlock':
    case 'unreceived':
      return 70
    case 'hosts':
      return 69
    case 'timeout':
      return 110
    case 'interrupted':
      return signalStatus(failure.signal)
    case 'output':
      return failure.error.code === 'EPIPE' ? signalStatus('SIGPIPE') : 1
  }
}

function signalStatus(signal: NodeJS.Signals | undefined): number {
  return 128 + (signal === undefined ? 0 : constants.signals[signal])
}
