/**
 * The private directory of a job on one host, for sockets and caches: nobody else can look into it, and its path is short
 * enough for a socket's name.
 */
import { lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MpiError } from '../errors.ts'

/** Socket names end at 107 bytes: this leaves room for names below the directory. */
const LONGEST_PATH = 70
const PREFIX = 'zmpi-'
const RANDOM_LETTERS = 6

/** Makes the directory in the first of `places` that can hold it. */
export function createJobDirectory(places: readonly string[] = temporaryPlaces(process.env)): string {
  const problems: string[] = []
  for (const place of places) {
    const length = Buffer.byteLength(join(place, PREFIX)) + RANDOM_LETTERS
    if (length > LONGEST_PATH) {
      problems.push(`${place}: longer than sockets allow`)
      continue
    }
    try {
      const directory = mkdtempSync(join(place, PREFIX))
      const { uid, mode } = lstatSync(directory)
      if (uid === process.getuid?.() && (mode & 0o077) === 0) return directory
      rmSync(directory, { recursive: true })
      problems.push(`${place}: others could look into a directory there`)
    } catch (error) {
      problems.push(`${place}: ${(error as NodeJS.ErrnoException).code}`)
    }
  }
  throw new MpiError(
    'ERR_LAUNCH',
    `no place for the job's directory (${problems.join('; ')}); set TMPDIR to a short path where you can write`,
  )
}

/** Whether a path of another host can be such a directory. */
export function isJobDirectory(path: string): boolean {
  return /^\/(?:.*\/)?zmpi-[A-Za-z0-9]{6}$/s.test(path) && !path.split('/').includes('..')
}

export function removeJobDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}

function temporaryPlaces(environment: NodeJS.ProcessEnv): string[] {
  const runtime = environment['XDG_RUNTIME_DIR']
  const places = [tmpdir(), '/tmp']
  if (runtime !== undefined && isOwn(runtime)) places.unshift(runtime)
  return [...new Set(places)]
}

function isOwn(directory: string): boolean {
  try {
    const status = lstatSync(directory)
    return status.isDirectory() && status.uid === process.getuid?.()
  } catch {
    return false
  }
}
