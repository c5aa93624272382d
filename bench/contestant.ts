/** Who takes part: how it is found on this machine and how it is asked to do a work. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Task } from './programs/task.ts'

export interface Command {
  readonly file: string
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface Contestant {
  /** Heading of its column. */
  readonly name: string
  /** Whose works it is invited to, if not those that name itself. */
  readonly like?: string
  /** What it is and in which version; undefined when this machine does not have it. */
  find(): Promise<string | undefined>
  /** Whether it takes part in this task on so many ranks. */
  plays(task: Task, ranks: number): boolean
  /** What does tasks that it plays, in one job: a command whose further words are the tasks. */
  command(tasks: readonly Task[], ranks: number): Command
}

/** The project's directory: this file runs as dist/bench/contestant.js. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a command printed on both its outputs, or undefined if it is missing or failed. */
export async function outputOf(file: string, ...words: string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, words, { timeout: 60_000 })
    return `${stdout}${stderr}`.trim()
  } catch {
    return undefined
  }
}

/** A contestant that is one program for two parties on this Node. */
export function nodePair(
  name: string,
  program: string,
  plays: (task: Task) => boolean,
  environment: Record<string, string> = {},
  version: () => Promise<string | undefined> = () => Promise.resolve(`Node ${process.version}`),
): Contestant {
  return {
    name,
    find: version,
    plays: (task, ranks) => ranks === 2 && (task.work === 'pingpong' || task.work === 'window') && plays(task),
    command: () => ({ file: process.execPath, arguments: [`${ROOT}dist/bench/programs/${program}.js`], environment }),
  }
}
