/** The command line of a rank, on the host where it runs. */
import { accessSync, constants, realpathSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { ResolvedProgram } from './program.ts'
import { nodeCommand } from './spawn.ts'
import { prepareTypescript } from './typescript.ts'

/** @param directory the job's, for what is prepared beforehand */
export function programCommand(
  { kind, path }: ResolvedProgram,
  words: readonly string[],
  directory: string,
): readonly string[] {
  if (kind === 'executable') return isThisNode(path) ? nodeCommand([], ...words) : [path, ...words]
  return nodeCommand(kind === 'typescript' ? prepareTypescript(path, directory) : [], path, ...words)
}

/** `zmpirun node program.js` is what many type. */
function isThisNode(path: string): boolean {
  return realpathSync(path) === realpathSync(process.execPath)
}

/** Keeps the command on a core; undefined: on any. */
export function boundCommand(command: readonly string[], core: number | undefined): readonly string[] {
  return core === undefined ? command : ['taskset', '-c', String(core), ...command]
}

/** Whether this host can keep a command on a core. */
export function hasTaskset(environment: NodeJS.ProcessEnv): boolean {
  return (environment['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, 'taskset'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
