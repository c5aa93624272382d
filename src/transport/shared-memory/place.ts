/** The place of this process in the segment: its file, its index, and what of it is mapped. */
import * as fs from 'node:fs'
import { CopyRoute } from '../copy-route.ts'
import { Destination } from '../destination.ts'
import type { Native } from '../native.ts'
import { RingMemory } from '../ring.ts'
import { VectorMemory } from '../vector-memory.ts'
import { Lobby } from './lobby.ts'
import type { SegmentLayout } from './segment.ts'

export class Place {
  readonly native: Native
  readonly layout: SegmentLayout
  readonly lobby: Lobby
  /** Number of this process among those of its host. */
  readonly own: number
  readonly #fd: number
  readonly #routeFor: (lapBytes: number) => CopyRoute
  /** Held also when nothing could be mapped over it, since its end would unmap what lies there by then. */
  #vectors: VectorMemory | undefined = undefined
  /** Bytes mapped. Nothing is ever unmapped, since views may live on. */
  mappedBytes = 0

  /**
   * Takes over `fd`, the open segment. Throws when it cannot be mapped.
   * @param routeFor for tests: which way copies go. By default as `CopyRoute` measures.
   */
  constructor(
    native: Native,
    fd: number,
    layout: SegmentLayout,
    own: number,
    routeFor = (lapBytes: number) => new CopyRoute(lapBytes),
  ) {
    this.native = native
    this.layout = layout
    this.own = own
    this.#fd = fd
    this.#routeFor = routeFor
    this.lobby = new Lobby(this.#map(0, layout.lobbyBytes), layout, own)
  }

  /** The ring for packets between two processes, reserved and mapped. Throws when there is no room. */
  ring(from: number, to: number): RingMemory {
    const { ringBytes } = this.layout
    const offset = this.layout.ring(from, to)
    this.#reserve(offset, ringBytes)
    const memory = this.#map(offset, ringBytes)
    return new RingMemory(memory, this.destination(memory, ringBytes))
  }

  /** The board's memory, reserved and mapped; for vector instructions too where they can be had. Throws when there is no room. */
  board(): ArrayBuffer | VectorMemory {
    const { board, boardStart } = this.layout
    this.#reserve(boardStart, board.bytes)
    // Where that is limited, the ten GB of address space that vector memory takes are the program's.
    if (!isAddressSpaceUnlimited()) return this.#map(boardStart, board.bytes)
    try {
      this.#vectors = new VectorMemory(board.bytes + board.pieceBytes)
      this.native.mapOver(this.#vectors.buffer, this.#fd, boardStart, board.bytes)
      this.mappedBytes += board.bytes
      return this.#vectors
    } catch {
      return this.#map(boardStart, board.bytes)
    }
  }

  /** How data gets into shared memory, of which so many bytes are written before the same come again. */
  destination(memory: ArrayBuffer, lapBytes: number): Destination {
    const copy = this.native.streamInto(memory)
    return new Destination(memory, copy && { copy, route: this.#routeFor(lapBytes) })
  }

  close(): void {
    fs.closeSync(this.#fd)
  }

  /** Touching memory that the file system cannot provide would kill the process. */
  #reserve(offset: number, bytes: number): void {
    const refused = this.native.reserve(this.#fd, offset, bytes)
    if (refused !== 0) throw new Error(`no room for ${bytes} bytes of shared memory (error ${refused})`)
  }

  #map(offset: number, bytes: number): ArrayBuffer {
    const memory = this.native.map(this.#fd, offset, bytes)
    this.mappedBytes += bytes
    return memory
  }
}

function isAddressSpaceUnlimited(): boolean {
  try {
    return /^Max address space +unlimited/m.test(fs.readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    return false
  }
}
