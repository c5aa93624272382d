/** A file that only this user reads shows the door, and holds its key. It is there while ranks are still to come. */
import { randomBytes } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Meeting, Place } from '../../bootstrap/engine.ts'
import type { Keys } from '../../transport/zeromq/keys.ts'
import { Reaper } from '../reaper.ts'
import { onNetworks, onThisHost } from './listening.ts'
import type { Door, Rendezvous } from './rendezvous.ts'

const OTHERS = 0o077

export class FileRendezvous implements Rendezvous {
  /** Whoever reads the file is a member. */
  readonly token = ''
  readonly #meeting: Meeting & { readonly kind: 'file' }
  readonly #place: Place
  readonly #wanted: string | undefined
  /** Removes the file should this process die. */
  #reaper: Reaper | undefined

  constructor(meeting: Meeting & { readonly kind: 'file' }, place: Place, wanted: string | undefined) {
    this.#meeting = meeting
    this.#place = place
    this.#wanted = wanted
  }

  async begin(): Promise<Place> {
    return this.#place
  }

  async bindings(): Promise<{ addresses: readonly string[]; keys: Keys }> {
    const { createKeys } = await import('../../transport/zeromq/sockets.ts')
    return { addresses: this.#meeting.isLocal ? onThisHost() : onNetworks(this.#wanted), keys: createKeys() }
  }

  async open(door: Door): Promise<void> {
    const { path } = this.#meeting
    const draft = `${path}.${randomBytes(6).toString('hex')}`
    this.#reaper = new Reaper(path)
    try {
      writeFileSync(draft, JSON.stringify(door), { mode: 0o600, flag: 'wx' })
      // In place of what another job may have left. Where somebody else has taken the name, this fails.
      renameSync(draft, path)
    } catch (error) {
      rmSync(draft, { force: true })
      throw new Error(`cannot write ${path}, where the ranks meet: ${(error as Error).message}`, { cause: error })
    }
  }

  async find(): Promise<Door> {
    const { path } = this.#meeting
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const { uid, mode } = fstatSync(fd)
      if (uid !== process.getuid?.() || (mode & OTHERS) !== 0) throw new Error(`${path} belongs to somebody else`)
      return JSON.parse(readFileSync(fd, 'utf8')) as Door
    } finally {
      closeSync(fd)
    }
  }

  async confirms(): Promise<boolean> {
    return true
  }

  async close(): Promise<void> {
    if (this.#reaper === undefined) return
    rmSync(this.#meeting.path, { force: true })
    this.#reaper.close()
    this.#reaper = undefined
  }
}
