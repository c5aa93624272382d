/** Signals to the launcher's process while a job runs. */
import type { Job } from './job.ts'

/** Milliseconds in which what was said to other hosts leaves this process. */
const FAREWELL = 50
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Lets the process's signals act on `job`.
 * @param leave called when the user does not want to wait any longer
 * @returns a function that undoes it
 */
export function listenToSignals(job: Job, leave: () => void): () => void {
  const listeners: [NodeJS.Signals, () => void][] = ENDING.map((signal) => [
    signal,
    () => {
      if (!job.interrupt(signal)) leave()
    },
  ])
  listeners.push(
    ['SIGUSR2', () => job.forward('SIGUSR2')],
    ['SIGQUIT', () => job.report()],
    // Without a handler it opens the inspector to every user of this machine.
    ['SIGUSR1', () => {}],
    // Ranks have sessions of their own, where SIGTSTP does nothing.
    [
      'SIGTSTP',
      () => {
        job.forward('SIGSTOP')
        // Other hosts must have heard of it, or they take this process for lost.
        setTimeout(() => process.kill(process.pid, 'SIGSTOP'), FAREWELL)
      },
    ],
    ['SIGCONT', () => job.forward('SIGCONT')],
  )
  for (const [signal, listener] of listeners) process.on(signal, listener)
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
}
