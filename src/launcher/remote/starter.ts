/** What starts agents on other hosts, and what is seen of such a start from here. */
import type { ChildProcess } from 'node:child_process'
import type { Host } from '../mapping.ts'
import type { ProcessEnd } from '../agent.ts'
import { spawnStarter } from '../spawn.ts'

/** Bytes of what a starter and the login shell say that are kept. */
const KEPT = 4096

export interface Starter {
  /** The command that starts the agent on a host. */
  command(host: Host): readonly string[]
  /** Resolves with the address of this machine by which the host reaches it. */
  address(host: Host): Promise<string>
  /** Whether a start that ended so may succeed a moment later. */
  isPassing(end: ProcessEnd, words: string): boolean
}

/** A starter's command under way. Its end is the end of the agent's connection to this world. */
export class Start {
  readonly command: readonly string[]
  readonly #child: ChildProcess | Error
  #words = ''
  readonly ended: Promise<ProcessEnd>

  /** Runs the command with a line of input, which stays open. `guard` gets its process group at once. */
  constructor(command: readonly string[], line: string, guard: (group: number) => void) {
    const child = spawnStarter(command)
    this.command = command
    this.#child = child
    if (child instanceof Error) {
      this.#words = child.message
      this.ended = Promise.resolve({ code: 127, signal: undefined })
      return
    }
    if (child.pid !== undefined) guard(child.pid)
    const hear = (bytes: Buffer) => (this.#words = (this.#words + bytes.toString()).slice(-KEPT))
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.stdin?.on('error', () => {})
    child.stdin?.write(`${line}\n`)
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#words += error.message
        resolve({ code: 127, signal: undefined })
      })
      // Output may be held open by others; what the command said itself is there by then.
      child.once('exit', (code, signal) =>
        setTimeout(() => resolve({ code: code ?? undefined, signal: signal ?? undefined }), 20),
      )
    })
  }

  get group(): number | undefined {
    return this.#child instanceof Error ? undefined : this.#child.pid
  }

  /** What it has said: the lines of zmpi itself, if there are any, else the last ones. */
  get words(): readonly string[] {
    const lines = this.#words.split(/\r?\n/).filter((line) => line.trim() !== '')
    const own = lines.filter((line) => line.startsWith('zmpi: ')).map((line) => line.slice('zmpi: '.length))
    return own.length > 0 ? own.slice(-1) : lines.slice(-5)
  }

  kill(): void {
    if (!(this.#child instanceof Error)) this.#child.kill('SIGKILL')
  }
}
