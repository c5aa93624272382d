/**
 * The memory that the ranks of one host share: one file without a name, so that nothing is left whatever dies. The agent
 * creates it before it starts the ranks; each opens it through /proc. Only file operations: this needs no koffi.
 *
 *   header      magic, version, ranks, bytes of a ring, job
 *   slots       one line (64 bytes) for each rank, see lobby
 *   contacts    one word for each ordered pair, see lobby
 *   rings       one for each ordered pair, reserved and mapped at its first packet: until then it takes no room
 *   board       see board; reserved and mapped when the ranks have called some collectives
 */
import * as fs from 'node:fs'
import { BoardLayout } from '../board-layout.ts'

const LINE = 64
const MAGIC = 0x7a6d7073
const VERSION = 7
const PAGE = 4096
const LARGEST_RING = 512 * 1024
const SMALLEST_RING = 32 * 1024
/** What all rings together may take when every rank talks to every other. */
const BUDGET = 128 * 1024 * 1024
const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY

export interface Segment {
  /** How the processes of this host open it, while this process has it open. */
  readonly path: string
  /** The creator's end of it: the ranks that have it open keep it. */
  close(): void
}

/** Where things are, in bytes from the start of the file. */
export class SegmentLayout {
  readonly ranks: number
  readonly ringBytes: number
  readonly job: number
  readonly board: BoardLayout

  constructor(ranks: number, ringBytes: number, job: number) {
    this.board = new BoardLayout(ranks)
    this.ranks = ranks
    this.ringBytes = ringBytes
    this.job = job
  }

  slot(index: number): number {
    return LINE * (1 + index)
  }

  /** The word in which `from` tells `to` of a contact; those told to one rank are neighbours. */
  contact(from: number, to: number): number {
    return LINE * (1 + this.ranks) + 4 * (to * this.ranks + from)
  }

  /** Bytes of header, slots and contacts, in whole pages. */
  get lobbyBytes(): number {
    return Math.ceil(this.contact(0, this.ranks) / PAGE) * PAGE
  }

  ring(from: number, to: number): number {
    return this.lobbyBytes + (from * this.ranks + to) * this.ringBytes
  }

  /** Where the board begins. */
  get boardStart(): number {
    return this.ring(this.ranks, 0)
  }

  get bytes(): number {
    return this.boardStart + this.board.bytes
  }
}

/** The size of a ring when `ranks` share a directory with this much room: a power of two. */
export function ringBytesFor(ranks: number, room: number): number {
  const pairs = Math.max(2, ranks * (ranks - 1))
  const share = Math.min(BUDGET, room / 2) / pairs
  return 2 ** Math.floor(Math.log2(Math.min(LARGEST_RING, Math.max(SMALLEST_RING, share))))
}

/** Creates the segment for so many ranks, or says why there can be none. */
export function createSegment(ranks: number, job: number, directory: string = '/dev/shm'): Segment | string {
  let fd: number | undefined
  try {
    const { bavail, bsize } = fs.statfsSync(directory)
    const layout = new SegmentLayout(ranks, ringBytesFor(ranks, bavail * bsize), job)
    const lobby = Buffer.alloc(layout.lobbyBytes)
    new Int32Array(lobby.buffer, lobby.byteOffset).set([MAGIC, VERSION, ranks, layout.ringBytes, job])
    const open = openNameless(directory, job)
    fd = open
    if (fs.writeSync(open, lobby) !== lobby.length) throw new Error(`no room in ${directory}`)
    fs.ftruncateSync(open, layout.bytes)
    const path = `/proc/${process.pid}/fd/${open}`
    fs.closeSync(fs.openSync(path, 'r+'))
    return { path, close: () => fs.closeSync(open) }
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd)
    return `no shared memory in ${directory} (${error instanceof Error ? error.message : String(error)})`
  }
}

/** Reads the layout of an open segment. Throws when it is none or of another job. */
export function readLayout(fd: number, job: number): SegmentLayout {
  const header = new Int32Array(5)
  const bytes = fs.readSync(fd, new Uint8Array(header.buffer), 0, header.byteLength, 0)
  const [magic, version, ranks = 0, ringBytes = 0, owner] = header
  if (bytes !== header.byteLength || magic !== MAGIC) throw new Error('not a zmpi segment')
  if (version !== VERSION) throw new Error(`segment version ${version}, this side speaks ${VERSION}`)
  if (owner !== job) throw new Error(`segment of job ${owner}, this is job ${job}`)
  if (ringBytes !== ringBytesFor(2, 4 * ringBytes)) throw new Error(`segment with rings of ${ringBytes} bytes`)
  const layout = new SegmentLayout(ranks, ringBytes, job)
  if (fs.fstatSync(fd).size < layout.bytes) throw new Error('segment is too short')
  return layout
}

function openNameless(directory: string, job: number): number {
  try {
    return fs.openSync(directory, fs.constants.O_RDWR | O_TMPFILE, 0o600)
  } catch {
    // Not every file system can; then the names live for a few system calls.
    const home = fs.mkdtempSync(`${directory}/zmpi-${job}-`)
    try {
      return fs.openSync(`${home}/segment`, 'wx+', 0o600)
    } finally {
      fs.rmSync(home, { recursive: true, force: true })
    }
  }
}
