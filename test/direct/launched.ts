/** Ranks that somebody else's launcher has started, or that a test starts as if it were one; nothing of them may stay. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MARK = 'ZMPI_TEST_RUN'
const LIMIT = 90_000

/** A script of test/direct/programs, or of another directory of tests. */
export function program(name: string, directory: string = 'direct'): string {
  return fileURLToPath(new URL(`../../../test/${directory}/programs/${name}`, import.meta.url))
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs commands at once, each with its variables, to their end. Rejects when something is left of them. */
export async function together(
  commands: readonly (readonly string[])[],
  environments: readonly Readonly<Record<string, string>>[],
): Promise<Ended[]> {
  const directory = mkdtempSync(join(tmpdir(), 'zt-'))
  const mark = randomBytes(8).toString('hex')
  const own = Object.entries(process.env).filter(([name]) => !/^(ZMPI_(?!TEST_)|PMI_|SLURM_|OMPI_)/.test(name))
  const common = { ...Object.fromEntries(own), TMPDIR: directory, [MARK]: mark }
  const ended = await Promise.all(
    commands.map((words, index) => run(words, mark, { ...common, ...environments[index % environments.length] })),
  )
  const left = await leftovers(mark, directory)
  killAll(mark)
  rmSync(directory, { recursive: true, force: true })
  if (left.length > 0) throw new Error(`left: ${left.join(', ')}\n${ended.map(({ stderr }) => stderr).join('')}`)
  return ended
}

/** As many processes as there are ranks, with the variables that a launcher gives each. */
export function asRanks(
  size: number,
  words: readonly string[],
  variables: (rank: number) => Readonly<Record<string, string>>,
): Promise<Ended[]> {
  return together(
    Array.from({ length: size }, () => [process.execPath, ...words]),
    Array.from({ length: size }, (_, rank) => variables(rank)),
  )
}

async function run(
  [file = '', ...words]: readonly string[],
  mark: string,
  environment: NodeJS.ProcessEnv,
): Promise<Ended> {
  const child = spawn(file, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  const timer = setTimeout(() => killAll(mark), LIMIT)
  const code = await new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status)))
  clearTimeout(timer)
  return { code, ...output }
}

async function leftovers(mark: string, directory: string): Promise<string[]> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const left = [...processesOf(mark), ...(existsSync(directory) ? readdirSync(directory) : [])]
    if (left.length === 0 || performance.now() > deadline) return left
    await pause(20)
  }
}

/** Everything that has inherited the mark: proxies hold stderr open longer than the process that was started. */
function processesOf(mark: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${MARK}=${mark}`))
}

function killAll(mark: string): void {
  for (const pid of processesOf(mark))
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has just ended.
    }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    // It has just ended.
    return ''
  }
}
