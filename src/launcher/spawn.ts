/** Starts processes; the launcher's only user of child_process. Every rank leads a process group of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Descriptor at which a rank finds its control channel. */
export const CONTROL_FD = 3

/** The program of an agent on another host, at the same path there. */
export const AGENT_SCRIPT: string = fileURLToPath(new URL('../launcher/agent-main.js', import.meta.url))

/** As a URL: in a path Node would take `#`, `?` and `%` for parts of one. */
const PRELOAD = new URL('../bootstrap/preload.js', import.meta.url).href

export interface ProcessStart {
  /** Executable and arguments. */
  readonly command: readonly string[]
  /** All of its environment. */
  readonly environment: NodeJS.ProcessEnv
  readonly workingDirectory: string
  /** Whether its stdin is a pipe; else it reads end of file. */
  readonly hasInput: boolean
  /** Whether it stays in this session where it can lead a process group by itself, see session. */
  readonly stays: boolean
}

/** Starts a rank. Failures to start are returned, or shown by the child's `error` event when it has no pid. */
export function spawnRank({
  command,
  environment,
  workingDirectory,
  hasInput,
  stays,
}: ProcessStart): ChildProcess | Error {
  const [file = '', ...words] = command
  const leads = stays && command.includes(PRELOAD)
  try {
    return spawn(file, words, {
      cwd: workingDirectory,
      env: leads ? { ...environment, ZMPI_STARTER: String(process.pid) } : environment,
      detached: !leads,
      stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe'],
    })
  } catch (error) {
    return error as Error
  }
}

/** Starts a shell script that reads its stdin, in a session of its own: no terminal's signal reaches it. */
export function spawnShell(script: string, words: readonly string[]): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script, 'zmpi-reaper', ...words], {
    cwd: '/',
    // As part of a rank of another job it would be taken for a process of that one.
    env: { ...process.env, ZMPI_JOB_DIR: undefined },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.unref()
  return child
}

/** Starts what starts an agent elsewhere, in a session of its own: no terminal's signal reaches it. */
export function spawnStarter(
  [file = '', ...words]: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ChildProcess | Error {
  try {
    return spawn(file, words, { env: environment, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  } catch (error) {
    return error as Error
  }
}

/** What a command prints. Rejects when it cannot be run, fails, or takes longer than `seconds`. */
export async function outputOf(
  [file = '', ...words]: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  seconds: number = 20,
): Promise<string> {
  const { stdout } = await promisify(execFile)(file, words, { timeout: seconds * 1000, env: environment })
  return stdout
}

/** The command line that runs this Node with `words`: further flags, a script, its arguments. */
export function nodeCommand(flags: readonly string[], ...words: readonly string[]): string[] {
  return [process.execPath, '--import', PRELOAD, ...flags, ...words]
}
