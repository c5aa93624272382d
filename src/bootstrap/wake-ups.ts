/**
 * What but a message can wake this process? Node knows: as long as anything can, its event loop lives on. Signals do not
 * count, nor does what the program has unref'd.
 */

/** Kinds of resources that may be the standard streams or ours, which do not count. */
const DOUBTFUL = new Set(['PipeWrap', 'TTYWrap', 'SignalWrap'])
/** Milliseconds after which a loop that has not ended is taken to live on. */
const LIMIT = 50

/** What surely can wake this process: quick, but background work of native code and worker threads may be missing. */
export function obviousWakeUps(): string[] {
  const wakeUps = process.getActiveResourcesInfo().filter((name) => !DOUBTFUL.has(name))
  // Whoever debugs has stopped the program, or may do so.
  return process.getBuiltinModule('node:inspector').url() === undefined ? wakeUps : [...wakeUps, 'Inspector']
}

/**
 * True when nothing can: for a moment `pause(true)` takes away what keeps the process waiting for messages, and the event
 * loop runs out. The program's listeners do not hear of it.
 */
export function isNothingElseAlive(pause: (isPaused: boolean) => void): Promise<boolean> {
  const listeners = process.rawListeners('beforeExit')
  process.removeAllListeners('beforeExit')
  return new Promise((resolve) => {
    const conclude = (isAlone: boolean): void => {
      clearTimeout(timer)
      process.off('beforeExit', runOut)
      for (const listener of listeners) process.on('beforeExit', listener as () => void)
      pause(false)
      resolve(isAlone)
    }
    const runOut = (): void => conclude(true)
    const timer = setTimeout(() => conclude(false), LIMIT)
    timer.unref()
    process.on('beforeExit', runOut)
    pause(true)
  })
}
