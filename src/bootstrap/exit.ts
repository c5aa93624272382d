/** How this process ends when its communication cannot end well: by which code, and what it says before. */
import { MpiError } from '../errors.ts'
import type { Endpoint } from '../p2p/endpoint.ts'
import { describeWaiting } from '../p2p/wait-text.ts'

export const EXIT_DEADLOCK = 70
/** 128 + SIGTERM. */
export const EXIT_ORPHANED = 143

/** Ends this process as SIGTERM would, to which its program may have an answer, but with a code that tells more. */
export function stop(code: number): void {
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM')
  else process.exit(code)
}

/** The script has nothing left to do, and nothing can complete what waits. */
export function endHopeless(endpoint: Endpoint): void {
  const waiting = [...endpoint.activity.waiting()].map((operation) => `  ${describeWaiting(operation)}`)
  process.stderr.write(
    `zmpi: rank ${endpoint.rank} waits for what can never come, since nothing else is left to do:\n${waiting.join('\n')}\n`,
  )
  process.exitCode = EXIT_DEADLOCK
}

/** Communication has ended by an error, at the end of the script. */
export function endFailed(error: unknown, isDeadlock: boolean): void {
  // Of a deadlock and of a rank that has failed the launcher has told.
  if (!isDeadlock && !(error instanceof MpiError && error.code === 'ERR_RANK_FAILED'))
    process.stderr.write(`zmpi: ending failed: ${String(error)}\n`)
  process.exitCode = isDeadlock ? EXIT_DEADLOCK : 1
}
