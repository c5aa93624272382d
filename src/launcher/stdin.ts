/**
 * The launcher's stdin on its way to one rank or to all. The slowest rank that still reads gives the pace; a rank that
 * has closed its stdin, or has ended, is left out. Ranks that get nothing are started without a pipe.
 */
import { readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { LaunchOptions } from './options.ts'

/** Whether a rank gets the launcher's input through a pipe; the others read end of file at once. */
export function receivesStdin(choice: LaunchOptions['stdin'], rank: number): boolean {
  return choice === 'all' || choice === rank
}

export class StdinForwarder {
  readonly #source: Readable
  readonly #targets: Set<Writable>
  readonly #isForeground: () => boolean
  /** Targets that have said that they are full. */
  readonly #full = new Set<Writable>()
  #ended = false

  /**
   * Begins to read, unless a terminal is the foreground of somebody else: reading would stop this process.
   * @param isForeground asked at the start and at `recheck`
   */
  constructor(source: Readable, targets: Iterable<Writable>, isForeground: () => boolean = () => ownsTerminal(source)) {
    this.#source = source
    this.#targets = new Set(targets)
    this.#isForeground = isForeground
    for (const target of this.#targets) {
      target.on('error', () => this.#drop(target))
      target.on('close', () => this.#drop(target))
      target.on('drain', () => {
        this.#full.delete(target)
        this.recheck()
      })
    }
    if (this.#targets.size === 0) return
    // Paused first: a new listener would start to read.
    source.pause()
    source.on('data', this.#pass)
    source.on('end', this.#end)
    source.on('error', this.#end)
    source.on('close', this.#end)
    this.recheck()
  }

  /** Reads on, or pauses, by what holds now. Call it on SIGCONT: the job may have changed between fore- and background. */
  recheck(): void {
    if (this.#ended) return
    if (this.#full.size === 0 && this.#isForeground()) this.#source.resume()
    else this.#source.pause()
  }

  /** Stops reading; the launcher can end. */
  stop(): void {
    if (this.#ended) return
    this.#ended = true
    this.#source.off('data', this.#pass)
    this.#source.off('end', this.#end)
    this.#source.pause()
    ;(this.#source as Readable & { unref?: () => void }).unref?.()
  }

  readonly #pass = (chunk: Buffer): void => {
    for (const target of this.#targets) if (!target.write(chunk)) this.#full.add(target)
    if (this.#full.size > 0) this.#source.pause()
  }

  readonly #end = (): void => {
    if (this.#ended) return
    for (const target of this.#targets) target.end()
    this.stop()
  }

  #drop(target: Writable): void {
    this.#targets.delete(target)
    this.#full.delete(target)
    if (this.#targets.size === 0) this.stop()
    else this.recheck()
  }
}

/** False when `source` is a terminal whose foreground is another process group (`zmpirun … &`). */
function ownsTerminal(source: Readable & { readonly isTTY?: boolean }): boolean {
  if (source.isTTY !== true) return true
  try {
    // pid (name) state parent group session terminal foreground-group …; the name may hold anything
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[2] === fields[5]
  } catch {
    return true
  }
}
