/** Runs one of these programs as a job and takes what its ranks report. */
import { fileURLToPath } from 'node:url'
import { launch } from 'zmpi/launch'

export type Report = Readonly<Record<string, number | string>>

/** The compiled program of this name in this directory. */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`${name}.js`, import.meta.url))
}

/** Rejects when the job fails. */
export async function reportsOf(
  name: string,
  words: readonly (string | number)[],
  ranks: number,
  transport: 'auto' | 'zmq',
  environment: Readonly<Record<string, string>> = {},
): Promise<Report[]> {
  const { exitCode, stdout, stderr } = await launch({
    program: programPath(name),
    arguments: words.map(String),
    ranks,
    transport,
    environment,
    oversubscribe: true,
    label: false,
  })
  if (exitCode !== 0) throw new Error(`${name} ${words.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report)
}
