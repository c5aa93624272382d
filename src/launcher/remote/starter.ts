/** What starts agents on other hosts, and what is seen of such a start from here. */
import type { ChildProcess } from 'node:child_process'
import type { Host } from '../mapping.ts'
import type { ProcessEnd } from '../agent.ts'
import { spawnStarter } from '../spawn.ts'
import { wordsAbout } from './words.ts'

/** Bytes of what a starter, the login shell and agents say that are kept. */
const KEPT = 16_384
/** Milliseconds for a common command to end after its input. */
const FAREWELL = 2000

export interface Starter {
  /** One command starts the agents of all hosts. It gives all the same input, and ends when they have ended. */
  readonly isCommon: boolean
  /** Of the command; undefined: as this process. */
  readonly environment: NodeJS.ProcessEnv | undefined
  /** The command that starts the agents: of one host, unless it is common. */
  command(hosts: readonly Host[]): readonly string[]
  /** Resolves with the address of this machine by which the host reaches it. */
  address(host: Host): Promise<string>
  /** Whether a start that ended so may succeed a moment later. Not asked of common ones. */
  isPassing(end: ProcessEnd, words: string): boolean
  /**
   * The command that removes directories of jobs on hosts whose common start was killed, which may have taken agents and their
   * reapers with it.
   */
  sweep?(hosts: readonly string[], directories: readonly string[]): readonly string[]
}

export interface StartOptions {
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv | undefined
  readonly isCommon: boolean
  /** Input, which stays open. */
  readonly line: string
  /** How many hosts depend on it. */
  readonly hosts: number
  /** Gets the process at once, which leads a group. */
  readonly guard: (pid: number) => void
}

/** A starter's command under way. Its end is the end of the agents' connection to this world. */
export class Start {
  readonly command: readonly string[]
  readonly isCommon: boolean
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess | Error
  #hosts: number
  #words = ''
  #isGivenUp = false
  readonly #listeners = new Set<() => void>()

  constructor({ command, environment, isCommon, line, hosts, guard }: StartOptions) {
    const child = spawnStarter(command, environment)
    this.command = command
    this.#child = child
    this.isCommon = isCommon
    this.#hosts = hosts
    if (child instanceof Error) {
      this.#words = child.message
      this.ended = Promise.resolve({ code: 127, signal: undefined })
      return
    }
    if (child.pid !== undefined) guard(child.pid)
    const hear = (bytes: Buffer) => {
      this.#words = (this.#words + bytes.toString()).slice(-KEPT)
      for (const listener of this.#listeners) listener()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.stdin?.on('error', () => {})
    child.stdin?.write(`${line}\n`)
    this.ended = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        this.#words += error.code === 'ENOENT' ? `zmpi: ${command[0]} is not in PATH` : error.message
        resolve({ code: 127, signal: undefined })
      })
      // Output may be held open by others; what the command said itself is there by then.
      child.once('exit', (code, signal) =>
        setTimeout(() => resolve({ code: code ?? undefined, signal: signal ?? undefined }), 20),
      )
    })
  }

  /** This process has killed it, since it did not end. */
  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  get pid(): number | undefined {
    return this.#child instanceof Error ? undefined : this.#child.pid
  }

  /** What it has said of that host: the cause, if that is known, else the last lines. */
  wordsAbout(host: string): readonly string[] {
    return wordsAbout(this.#words, host).lines
  }

  blames(host: string): boolean {
    return wordsAbout(this.#words, host).isBlamed
  }

  /** Resolves when it is said of that host that it cannot be used. */
  blamed(host: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.blames(host)) return
        this.#listeners.delete(look)
        resolve()
      }
      this.#listeners.add(look)
      look()
    })
  }

  /** A host needs it no more. With the last one it ends: a common one by the end of its input, or soon after. */
  release(): void {
    this.#hosts--
    if (this.#hosts > 0 || this.#child instanceof Error) return
    const child = this.#child
    if (!this.isCommon) return void child.kill('SIGKILL')
    child.stdin?.end()
    const timer = setTimeout(() => {
      this.#isGivenUp = true
      child.kill('SIGKILL')
    }, FAREWELL)
    void this.ended.then(() => clearTimeout(timer))
  }
}
