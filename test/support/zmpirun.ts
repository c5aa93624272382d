/**
 * Runs the real `zmpirun` as a user does, and checks after each run that nothing is left of it: no process (found by a
 * variable that all of them inherit), no file in its temporary directory, no shared memory.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../../', import.meta.url)
const ZMPIRUN = fileURLToPath(new URL('bin/zmpirun.js', ROOT))
const MARK = 'ZMPI_TEST_RUN'

/** The path of a program of test/launch/programs, as its author wrote it. */
export function program(name: string): string {
  return fileURLToPath(new URL(`test/launch/programs/${name}`, ROOT))
}

export interface RunOptions {
  /** @default nothing: end of file at once */
  readonly stdin?: string | Uint8Array | Readable
  /** Besides this process's own; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** What runs it: a command that takes another as its last words. */
  readonly within?: readonly string[]
  /** Milliseconds after which the run is killed and the test fails. @default 20000 */
  readonly timeout?: number
  /** Does not read stdout before `drain` is called. */
  readonly holdsOutput?: boolean
}

export interface RunResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The bytes of stdout. */
  readonly bytes: Buffer
}

/** Runs to the end. Rejects when something is left, or it took too long. */
export function zmpirun(words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Run(words, options).ended
}

/** A run that a test acts on. */
export class Run {
  readonly pid: number
  /** How it ended, after everything of it has gone. */
  readonly ended: Promise<RunResult>
  readonly mark = randomBytes(8).toString('hex')
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #directory = mkdtempSync(join(tmpdir(), 'zt-'))
  readonly #collected: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  #changed: () => void = () => {}
  #isOver = false

  constructor(words: readonly string[], options: RunOptions = {}) {
    const environment = { ...process.env, TMPDIR: this.#directory, [MARK]: this.mark, ...options.env }
    for (const name of Object.keys(environment))
      if (/^ZMPI_(?!TEST_)|^XDG_RUNTIME_DIR$/.test(name) && options.env?.[name] === undefined)
        delete (environment as NodeJS.ProcessEnv)[name]
    const before = sharedMemory()
    // A machine with one core has as much to do, and to say, as others.
    const command = [process.execPath, ZMPIRUN, '--oversubscribe', ...words]
    const [file = '', ...rest] = [...(options.within ?? []), ...command]
    this.#child = spawn(file, rest, {
      cwd: options.cwd,
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? 0
    this.#child.stdin.on('error', () => {})
    const { stdin } = options
    if (stdin !== undefined && !(stdin instanceof Uint8Array) && typeof stdin !== 'string')
      stdin.pipe(this.#child.stdin)
    else this.#child.stdin.end(stdin)
    this.#collect('stderr')
    if (options.holdsOutput !== true) this.drain()
    this.ended = this.#end(options.timeout ?? 20_000, before)
    // Whoever waits hears of it; a test that failed before need not.
    this.ended.catch(() => {})
  }

  /** Begins to read stdout. */
  drain(): void {
    this.#collect('stdout')
  }

  /** Closes the reading end of stdout, as `head` does. */
  closeOutput(): void {
    this.#child.stdout.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  get stdout(): string {
    return Buffer.concat(this.#collected.stdout).toString()
  }

  get stderr(): string {
    return Buffer.concat(this.#collected.stderr).toString()
  }

  /** Resolves when stdout and stderr so far match; rejects when the run has ended without. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = pattern.exec(`${this.stdout}\n${this.stderr}`)
      if (match !== null) return match
      if (this.#isOver) throw new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }

  /** Processes of this run that are alive. */
  processes(): number[] {
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return []
      try {
        const isOurs = readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${MARK}=${this.mark}`)
        return isOurs ? [Number(name)] : []
      } catch {
        return []
      }
    })
  }

  /**
   * Resolves when the number of processes of this run, zmpirun and its reaper among them, is as asked; rejects when the run
   * has ended and it is not. It must stay so once it is: nobody sees all that is so for a moment.
   */
  async untilProcesses(isReached: (alive: number) => boolean): Promise<void> {
    await this.#reached(() => isReached(this.processes().length), String(isReached))
  }

  /** Resolves when the state, as Linux spells it, of every process but the reaper matches; rejects as the one above. */
  async untilState(pattern: RegExp): Promise<void> {
    const states = () =>
      this.processes().flatMap((pid) => {
        const [, name, state = ''] = /\((.*)\) (.)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
        return name === 'sh' ? [] : [state]
      })
    await this.#reached(() => states().every((state) => pattern.test(state)), String(pattern))
  }

  async #reached(isReached: () => boolean, what: string): Promise<void> {
    while (!isReached()) {
      if (this.#isOver) throw new Error(`ended without ${what}: ${this.stdout}${this.stderr}`)
      await pause(10)
    }
  }

  #collect(name: 'stdout' | 'stderr'): void {
    this.#child[name].on('data', (chunk: Buffer) => {
      this.#collected[name].push(chunk)
      this.#changed()
    })
  }

  async #end(timeout: number, before: ReadonlySet<string>): Promise<RunResult> {
    const timer = setTimeout(() => {
      this.kill('SIGKILL')
      // Else what was never read would hold its end up.
      this.#child.stdout.resume()
    }, timeout)
    const started = performance.now()
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.#child.once('close', (...end) => resolve(end)),
    )
    clearTimeout(timer)
    this.#isOver = true
    this.#changed()
    const left = await this.#leftovers(before)
    rmSync(this.#directory, { recursive: true, force: true })
    const text = `stdout: ${this.stdout.slice(-2000)}\nstderr: ${this.stderr.slice(-2000)}`
    if (performance.now() - started > timeout) throw new Error(`zmpirun did not end within ${timeout} ms\n${text}`)
    if (left.length > 0) throw new Error(`zmpirun has left ${left.join(', ')}\n${text}`)
    return { code, signal, stdout: this.stdout, stderr: this.stderr, bytes: Buffer.concat(this.#collected.stdout) }
  }

  /** What is left when even a slow machine has had time to clean up. What still runs is killed. */
  async #leftovers(before: ReadonlySet<string>): Promise<string[]> {
    const look = () => [
      ...this.processes().map((pid) => `process ${pid}`),
      ...readdirSync(this.#directory).map((name) => join(this.#directory, name)),
      ...[...sharedMemory()].filter((name) => !before.has(name)),
    ]
    let left = look()
    for (const end = performance.now() + 5000; left.length > 0 && performance.now() < end; left = look())
      await pause(20)
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL')
    return left
  }
}

function sharedMemory(): Set<string> {
  try {
    return new Set(readdirSync('/dev/shm').filter((name) => name.startsWith('zmpi')))
  } catch {
    return new Set()
  }
}
