/** One job of one contestant: it works while it has the turn and is stopped, with all its processes, while others have it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { Contestant } from './contestant.ts'
import type { Work } from './plan.ts'
import { processTree, signalAll } from './process-tree.ts'
import { formatTasks, parseLine } from './programs/task.ts'

const TURN_LIMIT_MS = 120_000
/** From being asked to end until all its processes are killed. */
const FAREWELL_MS = 5_000

export interface Sample {
  readonly work: Work
  readonly size: number
  readonly value: number
}

/** What a job asks its turn for. */
export interface Asked {
  readonly name: string
  readonly size: number
}

export class Run {
  readonly #works: readonly Work[]
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #reports = new Map<string, readonly number[]>()
  readonly #began = performance.now()
  #firstOutput = 0
  #took = 0
  /** What it printed that is no answer to us, in case it fails. */
  #words = ''
  #status: string | undefined
  #tree: readonly number[] = []
  #asks: Asked | undefined
  #wake = (): void => {}
  readonly #closed: Promise<unknown>

  /** @param works those that the contestant plays: either all measured by their program, or one by the clock */
  constructor(works: readonly Work[], contestant: Contestant, ranks: number) {
    this.#works = works
    const { file, arguments: words, environment } = contestant.command(works, ranks)
    this.#child = spawn(file, [...words, ...formatTasks(works)], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    // It may end without having read.
    this.#child.stdin.on('error', () => {})
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(line))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#words += text))
    this.#closed = new Promise<void>((resolve) => {
      this.#child.once('error', (error) => {
        this.#end(error.message)
        resolve()
      })
      this.#child.once('close', (code, signal) => {
        this.#end(signal ?? `exit ${code}`)
        resolve()
      })
    })
  }

  /** What it wants its next turn for; undefined once it has ended. */
  get asks(): Asked | undefined {
    return this.#asks
  }

  /** From its start to its first wish. Rejects when it fails or is silent for two minutes. */
  async start(): Promise<void> {
    await this.#untilItAsks()
    if (this.#asks === undefined) return
    this.#tree = await processTree(this.#child.pid ?? 0)
    signalAll(this.#tree, 'SIGSTOP')
  }

  /** From one wish to the next, or to its end. Rejects as `start` does. */
  async work(): Promise<void> {
    this.#asks = undefined
    signalAll(this.#tree, 'SIGCONT')
    this.#child.stdin.write('\n')
    await this.#untilItAsks()
    if (this.#asks !== undefined) signalAll(this.#tree, 'SIGSTOP')
  }

  /** What it has measured, in the order of its windows. Throws when a size is missing. */
  samples(): Sample[] {
    const clock = [this.#firstOutput / 1000, this.#took / 1000]
    return this.#works.flatMap((work) =>
      work.points.flatMap(({ size }) => {
        const values = work.measure === 'clock' ? [clock[size] ?? NaN] : this.#reports.get(`${work.name} ${size}`)
        if (values === undefined || !values.every(Number.isFinite))
          throw new Error(`no result for ${work.name} of size ${size}: ${this.#words.trim()}`)
        return values.map((value) => ({ work, size, value }))
      }),
    )
  }

  /** Asks it to end, if it has not ended. */
  kill(): void {
    signalAll(this.#tree, 'SIGCONT')
    this.#child.kill()
  }

  /** Resolves when it has ended, at the latest because it was killed. */
  async end(): Promise<void> {
    this.kill()
    const limit = setTimeout(() => {
      signalAll(this.#tree, 'SIGKILL')
      this.#child.kill('SIGKILL')
    }, FAREWELL_MS)
    await this.#closed
    clearTimeout(limit)
  }

  #hear(line: string): void {
    if (this.#firstOutput === 0) this.#firstOutput = performance.now() - this.#began
    const heard = parseLine(line)
    if (heard === undefined) this.#words += `${line}\n`
    if (heard?.type === 'report') this.#reports.set(`${heard.name} ${heard.size}`, heard.samples)
    if (heard?.type !== 'turn') return
    this.#asks = heard
    this.#wake()
  }

  #end(status: string): void {
    this.#took = performance.now() - this.#began
    this.#status ??= status
    this.#wake()
  }

  async #untilItAsks(): Promise<void> {
    const limit = setTimeout(() => {
      this.#end(`silent for ${TURN_LIMIT_MS / 1000} s`)
    }, TURN_LIMIT_MS)
    while (this.#asks === undefined && this.#status === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    clearTimeout(limit)
    if (this.#status !== undefined && this.#status !== 'exit 0')
      throw new Error(`${this.#status}: ${this.#words.trim()}`)
  }
}
