/**
 * How a sleeping rank is woken: a byte into a pipe whose reading end its event loop watches. The pipe has no name;
 * others open its writing end through /proc.
 */
import * as fs from 'node:fs'
import type { Native, Watch } from '../native.ts'

const BYTE = new Uint8Array(1)

/** A rank's own bell. */
export class Bell {
  readonly #reader: number
  /** Held open here, so that the pipe never ends. */
  readonly #writer: number
  readonly #watch: Watch
  readonly #drained = new Uint8Array(256)
  readonly inode: number

  /** Throws when it cannot be made, or others could not open it. */
  constructor(native: Native, rung: () => void) {
    const [reader, writer] = native.pipe()
    this.#reader = reader
    this.#writer = writer
    this.inode = inodeOf(writer)
    this.#watch = native.watch(reader, () => {
      this.#drain()
      rung()
    })
    try {
      fs.closeSync(openBell(process.pid, writer, this.inode))
    } catch (error) {
      this.close()
      throw error
    }
  }

  get descriptor(): number {
    return this.#writer
  }

  /** Whether the bell keeps the process alive. */
  hold(alive: boolean): void {
    if (alive) this.#watch.ref()
    else this.#watch.unref()
  }

  close(): void {
    this.#watch.close()
    fs.closeSync(this.#reader)
    fs.closeSync(this.#writer)
  }

  #drain(): void {
    try {
      fs.readSync(this.#reader, this.#drained)
    } catch {
      // Nothing in it: somebody was quicker.
    }
  }
}

/** Another rank's bell, by its process, descriptor and inode. Throws when it cannot be opened or is something else. */
export function openBell(pid: number, descriptor: number, inode: number): number {
  const fd = fs.openSync(`/proc/${pid}/fd/${descriptor}`, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)
  if (fs.fstatSync(fd).isFIFO() && inodeOf(fd) === inode) return fd
  fs.closeSync(fd)
  throw new Error(`descriptor ${descriptor} of process ${pid} is not its bell`)
}

export function ring(bell: number): void {
  try {
    fs.writeSync(bell, BYTE)
  } catch {
    // Full: it is ringing already. Broken: nobody is there, which others find out.
  }
}

function inodeOf(fd: number): number {
  return Number(BigInt.asUintN(32, fs.fstatSync(fd, { bigint: true }).ino))
}
