/**
 * Which file an application's program is, decided before anything is started. A script (`.js .mjs .cjs .ts .mts .cts`)
 * runs under this Node; anything else is executed. Relative paths start from the application's working directory, and
 * a name without a slash is looked up in PATH unless it is a script.
 */
import { accessSync, constants, statSync, type Stats } from 'node:fs'
import { basename, delimiter, extname, join, resolve } from 'node:path'
import type { Application } from './options.ts'
import { UsageError } from './usage-error.ts'

export interface ResolvedProgram {
  readonly kind: 'javascript' | 'typescript' | 'executable'
  /** Absolute. */
  readonly path: string
}

/** Whether Node runs it, as far as its name tells. */
export function isNode(program: ResolvedProgram | undefined): boolean {
  return program !== undefined && (program.kind !== 'executable' || basename(program.path) === 'node')
}

const SCRIPTS: Readonly<Record<string, ResolvedProgram['kind']>> = {
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.cts': 'typescript',
}

/**
 * @param environment the launcher's own, for PATH; the application's `-x PATH=…` goes before it
 * @throws {UsageError} with exit status 127 when the program is not there, 126 when it cannot be run, 2 when the working
 * directory cannot be entered
 */
export function resolveProgram(application: Application, environment: NodeJS.ProcessEnv): ResolvedProgram {
  const { program, workingDirectory } = application
  if (!inspect(workingDirectory)?.isDirectory()) throw new UsageError(`--wdir ${workingDirectory}: not a directory`)
  const kind = SCRIPTS[extname(program)] ?? 'executable'
  if (kind === 'executable' && !program.includes('/')) return { kind, path: findInPath(application, environment) }
  const path = resolve(workingDirectory, program)
  if (inspect(path) === undefined) throw notFound(application, `there is no ${path}`)
  check(path, kind)
  return { kind, path }
}

function check(path: string, kind: ResolvedProgram['kind']): void {
  if (inspect(path)?.isDirectory()) throw new UsageError(`cannot run ${path}: it is a directory`, 126)
  if (kind === 'executable' && !allows(path, constants.X_OK))
    throw new UsageError(
      `cannot run ${path}: it is not executable (chmod +x), and its name has none of ${Object.keys(SCRIPTS).join(' ')}`,
      126,
    )
  if (kind !== 'executable' && !allows(path, constants.R_OK))
    throw new UsageError(`cannot run ${path}: it is not readable`, 126)
}

function findInPath(application: Application, environment: NodeJS.ProcessEnv): string {
  const path = application.environment['PATH'] ?? environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  const candidates = path
    .split(delimiter)
    .map((directory) => resolve(application.workingDirectory, directory, application.program))
    .filter((candidate) => inspect(candidate)?.isFile())
  const executable = candidates.find((candidate) => allows(candidate, constants.X_OK))
  if (executable !== undefined) return executable
  if (candidates[0] !== undefined) throw new UsageError(`cannot run ${candidates[0]}: it is not executable`, 126)
  throw notFound(application, 'it is not in PATH')
}

function notFound({ program, workingDirectory }: Application, where: string): UsageError {
  const beside = ['', ...Object.keys(SCRIPTS)]
    .map((extension) => `./${program}${extension}`.replace(/^\.\/(?=\.{0,2}\/)/, ''))
    .find((candidate) => inspect(join(workingDirectory, candidate))?.isFile())
  return new UsageError(
    `program ${program} not found: ${where}${beside === undefined ? '' : `; is it ${beside}?`}`,
    127,
  )
}

/** What lies at `path`; undefined when nothing does or nobody may look. */
function inspect(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}
