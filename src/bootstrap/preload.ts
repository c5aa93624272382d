/**
 * Runs in every Node rank before the user's program: nothing that a rank prints is lost, its uncaught exception is
 * marked for the launcher, and no signal opens a debugger. Loads nothing that a program which just prints would not, but for
 * what makes a process group.
 */
import { writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { LAST_WORDS_MARKER } from './last-words.ts'

/**
 * Writes to a pipe wait until the bytes are out, as they do for files: what is printed before `process.exit`, a throw or
 * SIGKILL arrives. Done at first use, since making the stream costs time.
 */
function waitForWrites(name: 'stdout' | 'stderr'): void {
  const original = Object.getOwnPropertyDescriptor(process, name)
  if (original?.get === undefined) return
  Object.defineProperty(process, name, {
    ...original,
    get: () => {
      Object.defineProperty(process, name, original)
      const stream = process[name] as unknown as Record<'_handle', { setBlocking?: (blocking: boolean) => void }>
      stream['_handle']?.setBlocking?.(true)
      return stream
    },
  })
}

/** Who catches exceptions goes on; anybody else is about to die, and Node prints why. */
function markLastWords(): void {
  if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()) return
  try {
    writeSync(2, LAST_WORDS_MARKER)
  } catch {
    // Nobody listens any more.
  }
}

/** Started in the session of the agent, this process makes a group of its own before anything can start others. */
async function leadGroup(): Promise<void> {
  const { leadProcessGroup } = await import('../transport/native.ts')
  leadProcessGroup()
}

// Workers and forked children inherit this file, but are not the rank.
if (isMainThread && process.channel === undefined && process.env['ZMPI_RANK'] !== undefined) {
  waitForWrites('stdout')
  waitForWrites('stderr')
  process.on('uncaughtExceptionMonitor', markLastWords)
  // Without a handler SIGUSR1 opens the inspector to every user of this machine.
  if (!/--inspect/.test(process.env['NODE_OPTIONS'] ?? '')) process.on('SIGUSR1', () => {})
  // What a rank starts inherits the variable, but not the parent.
  if (process.env['ZMPI_STARTER'] === String(process.ppid)) await leadGroup()
}
