/**
 * What ranks print, on its way to the launcher's stdout and stderr and to files. Lines arrive whole, in the order of each
 * stream, byte for byte; a slow reader slows the ranks down instead of filling memory; a closed one is reported once and
 * the rest is thrown away. Knows nothing of processes: it takes streams.
 */
import { accessSync, constants, createWriteStream, fstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promises, type Readable, type Writable } from 'node:stream'
import { formatLabel, wantsColour } from './label.ts'
import { LastWordsFilter, type LastWords } from './last-words.ts'
import type { LaunchOptions } from './options.ts'
import { RankStream } from './rank-stream.ts'
import { Sink } from './sink.ts'
import { UsageError } from './usage-error.ts'

export type StreamName = 'stdout' | 'stderr'

export interface OutputTargets {
  readonly stdout: Writable
  readonly stderr: Writable
  /** Both lead to the same terminal, pipe or file: their lines must not mix. */
  readonly shared: boolean
}

export interface OutputStyle {
  /** Ranks of the job. */
  readonly size: number
  readonly label: boolean
  readonly colour: Readonly<Record<StreamName, boolean>>
  readonly timestamp: boolean
  /** Copies go to `rank-R.out` and `rank-R.err` here, R with the width of the last rank: exact bytes, no labels. */
  readonly directory: string | undefined
  /** A person may answer: unfinished lines show after a moment. */
  readonly interactive: boolean
  /** @default the time now */
  readonly clock?: () => Date
  /** Milliseconds that others wait for a rank that stops in the middle of a line over 64 KiB. @default 1000 */
  readonly patience?: number
}

/**
 * Where output could not be written. `EPIPE` means that the reader has had enough (`| head -1`): end the ranks and exit
 * with 141 and no word, as a tool killed by SIGPIPE. Anything else (`ENOSPC`, `EIO`) is an error to tell.
 */
export interface BrokenOutput {
  /** `stdout`, `stderr` or the path of a file. */
  readonly where: string
  readonly error: NodeJS.ErrnoException
}

export class Output {
  readonly #targets: OutputTargets
  readonly #style: OutputStyle
  readonly #onBroken: (broken: BrokenOutput) => void
  readonly #sinks: Readonly<Record<StreamName, Sink>>
  readonly #filters = new Map<number, LastWordsFilter>()
  readonly #files: Promise<void>[] = []

  /**
   * Makes the directory of the copies.
   * @throws {UsageError} when that is impossible
   */
  constructor(targets: OutputTargets, style: OutputStyle, onBroken: (broken: BrokenOutput) => void) {
    this.#targets = targets
    this.#style = style
    this.#onBroken = onBroken
    const broken = (stream: Writable, error: NodeJS.ErrnoException) =>
      onBroken({ where: stream === targets.stdout ? 'stdout' : 'stderr', error })
    const newSink = () => new Sink({ onBroken: broken, patience: style.patience })
    const stdout = newSink()
    this.#sinks = { stdout, stderr: targets.shared ? stdout : newSink() }
    if (style.directory !== undefined) makeDirectory(style.directory)
  }

  /**
   * Passes a rank's stream on. Call it in the same tick in which the process was started.
   * Resolves when the stream has ended, or was destroyed, and all of it was handed on; never rejects.
   */
  async attach(rank: number, name: StreamName, readable: Readable): Promise<void> {
    const filter = new LastWordsFilter()
    if (name === 'stderr') this.#filters.set(rank, filter)
    const stream = this.#rankStream(rank, name)
    const copy = this.#openCopy(rank, name)
    try {
      for await (const chunk of readable as AsyncIterable<Buffer | string>) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
        const { shown, held } = name === 'stderr' ? filter.push(bytes) : { shown: bytes, held: undefined }
        copy?.push(shown, held)
        if (shown.length > 0) await stream.push(shown)
        await copy?.room()
      }
    } catch {
      // A pipe that was destroyed or has failed has ended.
    }
    const rest = filter.end()
    copy?.push(rest)
    if (rest.length > 0) await stream.push(rest)
    await stream.end()
    copy?.end()
  }

  /** What the rank said last on stderr: its uncaught exception, held back so far, or its last lines, seen already. */
  lastWords(rank: number): LastWords {
    return this.#filters.get(rank)?.lastWords() ?? { lines: [], alreadyShown: true }
  }

  /** Shows what was held back for `lastWords`, if anything, as lines of the rank. */
  async release(rank: number): Promise<void> {
    const held = this.#filters.get(rank)?.release()
    if (held === undefined || held.length === 0) return
    const stream = this.#rankStream(rank, 'stderr')
    await stream.push(held)
    await stream.end()
  }

  /** Writes the launcher's own lines to stderr, between the ranks' lines. */
  notice(text: string): void {
    this.#sinks.stderr.write(this, this.#targets.stderr, Buffer.from(text.endsWith('\n') ? text : `${text}\n`))
  }

  /** Resolves when all that was handed on is written, or thrown away because nobody reads it. */
  async drained(): Promise<void> {
    await Promise.all([this.#sinks.stdout.idle(), this.#sinks.stderr.idle(), ...this.#files])
  }

  /** Resolves when all is drained and stdout and stderr are free of this job. */
  async close(): Promise<void> {
    await this.drained()
    this.#sinks.stdout.release()
    this.#sinks.stderr.release()
  }

  #rankStream(rank: number, name: StreamName): Pick<RankStream, 'push' | 'end'> {
    const { size, label, timestamp, colour, interactive, clock = () => new Date() } = this.#style
    const sink = this.#sinks[name]
    const target = this.#targets[name]
    // One rank, nothing to add: bytes pass as they come, prompts and progress bars too.
    if (size === 1 && !label && !timestamp) return new PlainStream(this.#filters, sink, target)
    const mark = label ? formatLabel(rank, colour[name]) : ''
    const constant = Buffer.from(mark)
    const prefix = timestamp ? () => Buffer.from(`${mark}${clock().toISOString()} `) : () => constant
    return new RankStream({ sink, target, prefix: label || timestamp ? prefix : undefined, interactive })
  }

  #openCopy(rank: number, name: StreamName): FileCopy | undefined {
    const { directory, size } = this.#style
    if (directory === undefined) return undefined
    const number = String(rank).padStart(String(size - 1).length, '0')
    const copy = new FileCopy(join(directory, `rank-${number}.${name === 'stdout' ? 'out' : 'err'}`), this.#onBroken)
    this.#files.push(copy.closed)
    return copy
  }
}

/** Bytes as they come. Both streams of the rank write as one `owner`, so that neither ends the other's line. */
class PlainStream {
  readonly #owner: object
  readonly #sink: Sink
  readonly #target: Writable

  constructor(owner: object, sink: Sink, target: Writable) {
    this.#owner = owner
    this.#sink = sink
    this.#target = target
  }

  push(chunk: Buffer): Promise<void> {
    this.#sink.write(this.#owner, this.#target, chunk)
    return this.#sink.room()
  }

  end(): Promise<void> {
    return Promise.resolve()
  }
}

/** The exact bytes of a stream in a file. */
class FileCopy {
  readonly closed: Promise<void>
  readonly #file: Writable
  readonly #sink: Sink

  constructor(path: string, onBroken: (broken: BrokenOutput) => void) {
    this.#file = createWriteStream(path)
    this.#sink = new Sink({ onBroken: (_, error) => onBroken({ where: path, error }) })
    this.closed = promises.finished(this.#file).catch(() => {})
  }

  push(...pieces: readonly (Buffer | undefined)[]): void {
    for (const piece of pieces) if (piece !== undefined) this.#sink.write(this, this.#file, piece)
  }

  room(): Promise<void> {
    return this.#sink.room()
  }

  end(): void {
    void this.#sink.idle().then(() => this.#file.end())
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
    accessSync(directory, constants.W_OK)
  } catch (error) {
    throw new UsageError(`--output ${directory}: cannot write there (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** The launcher's own stdout and stderr. */
export function processTargets(): OutputTargets {
  return { stdout: process.stdout, stderr: process.stderr, shared: isSameFile(1, 2) }
}

function isSameFile(one: number, other: number): boolean {
  try {
    const [a, b] = [fstatSync(one), fstatSync(other)]
    return a.dev === b.dev && a.ino === b.ino && a.rdev === b.rdev
  } catch {
    return false
  }
}

/** What the options and the place where output goes make of it. */
export function outputStyle(
  options: Pick<LaunchOptions, 'label' | 'timestamp' | 'outputDirectory'>,
  size: number,
  targets: OutputTargets & { readonly stdout: { readonly isTTY?: boolean } },
  environment: NodeJS.ProcessEnv,
): OutputStyle {
  return {
    size,
    label: options.label ?? size > 1,
    colour: { stdout: wantsColour(targets.stdout, environment), stderr: wantsColour(targets.stderr, environment) },
    timestamp: options.timestamp,
    directory: options.outputDirectory,
    interactive: targets.stdout.isTTY === true,
  }
}
