/** What is bounded, and by what: each case runs a job or many and compares what it reports. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from 'zmpi/launch'
import { descriptors, residentBytes, settle } from './footprint.ts'
import { programPath, reportsOf } from './job.ts'

const MIB = 1024 * 1024
/** What any process may grow by besides: garbage, and pages that the allocator keeps. */
const SLACK = 32 * MIB
/** Of credit, see src/bootstrap/world. */
const WINDOW = 4 * MIB
/** Of the send buffer: the default of `ZMPI_BUFFER`. */
const BUDGET = 128 * MIB

/** What V8 takes for a small array with memory of its own, and a little more. */
const RECORD = 512

/** One figure, and what it must not exceed; undefined when it is only told. */
export interface Line {
  readonly what: string
  readonly figure: number
  readonly bound: number | undefined
  readonly unit: 'MiB' | 'bytes' | 's' | 'ms' | ''
}

export interface Flood {
  readonly messages: number
  readonly bytes: number
  readonly senders: number
  readonly transport: 'auto' | 'zmq'
  readonly isDeaf?: boolean
  /** `ZMPI_BUFFER` */
  readonly budget?: number
}

/** One or many ranks send to one that does not receive, then does. */
export async function flood({ messages, bytes, senders, transport, isDeaf, budget }: Flood): Promise<Line[]> {
  const words = [messages, bytes, ...(isDeaf === true ? ['deaf'] : [])]
  const environment = budget === undefined ? {} : { ZMPI_BUFFER: String(budget) }
  const reports = await reportsOf('flood', words, senders + 2, transport, environment)
  const name = `${senders} × ${messages} × ${bytes} B, ${transport}${isDeaf === true ? ', deaf' : ''}`
  const greatest = (key: string, isReceiver: boolean): number =>
    Math.max(...reports.filter(({ rank }) => (rank === 0) === isReceiver).map((report) => Number(report[key])))
  const ofReceiver = senders * WINDOW + SLACK
  const ofSender = WINDOW + (budget ?? BUDGET) + SLACK
  const line = (what: string, figure: number, bound: number): Line => ({
    what: `${name}: ${what}`,
    figure: figure / MIB,
    bound: bound / MIB,
    unit: 'MiB',
  })
  return [
    { what: `${name}: sent before it resumes`, figure: greatest('sentBefore', false), bound: messages - 1, unit: '' },
    line('receiver, before it resumes', greatest('grownBefore', true), ofReceiver),
    // When it takes what was buffered, what that leaves for the collector counts too.
    line('receiver, in all', greatest('grown', true), ofReceiver + (budget ?? BUDGET)),
    line('sender, before', greatest('grownBefore', false), ofSender),
    line('sender, in all', greatest('grown', false), ofSender),
  ]
}

/** What a message costs that the program keeps: at most twice its payload and what objects take in any program. */
export async function retained(bytes: number, transport: 'auto' | 'zmq'): Promise<Line[]> {
  const reports = await reportsOf('retained', [bytes], 2, transport)
  const lines = reports.slice(0, -1).map(({ kind, bytes: size, perMessage }): Line => {
    const what = `${kind} of ${size} B, kept, ${transport}`
    return { what, figure: Number(perMessage), bound: 2 * Number(size) + RECORD, unit: 'bytes' }
  })
  const { payload, messages, resident } = reports.at(-1) ?? {}
  const bound = (2 * Number(payload) + RECORD * Number(messages)) / MIB
  return [...lines, { what: `all of them, ${transport}`, figure: Number(resident) / MIB, bound, unit: 'MiB' }]
}

/** Many operations, or communicators, in one job: what its ranks grow by. */
export async function repeated(
  name: 'operations' | 'communicators',
  count: number,
  ranks: number,
  transport: 'auto' | 'zmq',
): Promise<Line[]> {
  const reports = await reportsOf(name, [count], ranks, transport)
  const what = `${count} ${name} on ${ranks} ranks, ${transport}`
  const greatest = (key: string): number => Math.max(...reports.map((report) => Number(report[key])))
  return [
    { what: `${what}: memory`, figure: greatest('grown') / MIB, bound: 16, unit: 'MiB' },
    { what: `${what}: objects`, figure: greatest('objects') / MIB, bound: 2, unit: 'MiB' },
    // ZeroMQ opens one when a rank first stops to wait.
    { what: `${what}: descriptors`, figure: greatest('descriptors'), bound: 2, unit: '' },
  ]
}

/** Many jobs in a row from one process: what that process grows by, and what it leaves. */
export async function jobs(count: number): Promise<Line[]> {
  const directory = mkdtempSync(join(tmpdir(), 'zb-'))
  const { TMPDIR, XDG_RUNTIME_DIR } = process.env
  Object.assign(process.env, { TMPDIR: directory, XDG_RUNTIME_DIR: directory })
  const run = async (): Promise<void> => {
    const { exitCode, stderr } = await launch({ program: programPath('sum'), ranks: 2, oversubscribe: true })
    if (exitCode !== 0) throw new Error(stderr)
  }
  try {
    for (let i = 0; i < Math.max(3, count / 10); i++) await run()
    await settle()
    const before = { bytes: residentBytes(), descriptors: descriptors() }
    for (let i = 0; i < count; i++) await run()
    await settle()
    const left = readdirSync(directory)
    const what = `${count} jobs in a row`
    return [
      { what: `${what}: memory`, figure: (residentBytes() - before.bytes) / MIB, bound: 32, unit: 'MiB' },
      { what: `${what}: descriptors`, figure: descriptors() - before.descriptors, bound: 0, unit: '' },
      { what: `${what}: files`, figure: left.length, bound: 0, unit: '' },
    ]
  } finally {
    restore({ TMPDIR, XDG_RUNTIME_DIR })
    rmSync(directory, { recursive: true })
  }
}

function restore(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables))
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}

/** Jobs of more and more ranks: seconds from the start of zmpirun to the first sum over all, and to the end. */
export async function growing(counts: readonly number[], transport: 'auto' | 'zmq'): Promise<Line[]> {
  const lines: Line[] = []
  for (const count of counts) {
    const start = performance.now()
    const [report] = await reportsOf('sum', [Date.now()], count, transport)
    const end = (performance.now() - start) / 1000
    const what = `${count} ranks, ${transport}`
    lines.push(
      { what: `${what}: first sum`, figure: Number(report?.['milliseconds']) / 1000, bound: undefined, unit: 's' },
      { what: `${what}: end`, figure: end, bound: undefined, unit: 's' },
      { what: `${what}: a rank`, figure: (end * 1000) / count, bound: undefined, unit: 'ms' },
    )
  }
  return lines
}
