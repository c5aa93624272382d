/** What a job leaves in files while it runs. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name))
}

/** Sockets and what has just gone hold nothing. */
export function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
