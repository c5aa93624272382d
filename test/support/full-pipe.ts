/** A pipe with a name into which nothing can be written any more: nobody reads it. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class FullPipe {
  readonly path: string
  readonly #directory = mkdtempSync(join(tmpdir(), 'zt-'))
  readonly #descriptor: number

  constructor() {
    this.path = join(this.#directory, 'full')
    execFileSync('mkfifo', [this.path])
    this.#descriptor = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK)
    const page = Buffer.alloc(4096)
    try {
      for (;;) writeSync(this.#descriptor, page)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }

  remove(): void {
    closeSync(this.#descriptor)
    rmSync(this.#directory, { recursive: true })
  }
}
