/**
 * TypeScript files without their types, each stripped once for all ranks of a host: results lie in a directory under
 * the hash of the source, so they are right whatever changes meanwhile. Files in node_modules are refused, as Node does.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { stripTypes } from './strip.ts'

/** Static, re-exported, dynamic and required: a literal relative path that ends as TypeScript does. */
const RELATIVE_IMPORT = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+\.[cm]?ts)\1/g

export class StrippedFiles {
  readonly #directory: string

  /** @param directory where results are kept; made when needed */
  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * The JavaScript of a file.
   * @throws {SyntaxError} as `stripTypes`
   */
  read(file: string): string {
    if (file.includes('/node_modules/'))
      throw Object.assign(
        new Error(`Stripping types is currently unsupported for files under node_modules, for "${file}"`),
        {
          code: 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
        },
      )
    const source = readFileSync(file, 'utf8')
    const kept = join(this.#directory, `${createHash('sha256').update(source).digest('hex')}.js`)
    try {
      return readFileSync(kept, 'utf8')
    } catch {
      const stripped = stripTypes(source, file)
      this.#keep(kept, stripped)
      return stripped
    }
  }

  /** Strips a program and what it imports by relative paths; what cannot be read or stripped is left to who needs it. */
  prepare(program: string): void {
    const known = new Set([program])
    for (const file of known) {
      try {
        for (const [, , path = ''] of this.read(file).matchAll(RELATIVE_IMPORT)) known.add(resolve(dirname(file), path))
      } catch {
        // The rank that loads it tells why.
      }
    }
  }

  /** Whole or not at all, since others may read at the same time. */
  #keep(path: string, text: string): void {
    const draft = `${path}.${process.pid}`
    try {
      mkdirSync(this.#directory, { recursive: true })
      writeFileSync(draft, text)
      renameSync(draft, path)
    } catch {
      // A cache may be full or gone.
    }
  }
}
