/**
 * Opens the shared memory of this host's ranks, or says why not, to the program and to the other ranks: who cannot
 * map the segment can still write into the file that he goes without.
 */
import * as fs from 'node:fs'
import type { CopyRoute } from '../copy-route.ts'
import { loadNative } from '../native.ts'
import type { Native } from '../native.ts'
import { openBell, ring } from './bell.ts'
import { Lobby, refusal, Sleep } from './lobby.ts'
import { Place } from './place.ts'
import { rehearse } from './rehearsal.ts'
import type { SegmentLayout } from './segment.ts'
import { readLayout } from './segment.ts'
import { SharedMemory } from './shared-memory.ts'
import type { SharedMemoryOptions } from './shared-memory.ts'

/**
 * Opens the segment at `path`. Returns the transport, or the reason, in a few words, why everything must go another way.
 *
 * @param native for tests: the system calls, or why there are none
 * @param routeFor for tests: which way copies into shared memory go
 */
export function openSharedMemory(
  path: string,
  options: SharedMemoryOptions,
  native: Native | string = loadNative(),
  routeFor?: (lapBytes: number) => CopyRoute,
): SharedMemory | string {
  let fd: number | undefined
  let layout: SegmentLayout | undefined
  const own = options.neighbours.indexOf(options.rank)
  try {
    fd = fs.openSync(path, 'r+')
    layout = readLayout(fd, options.job)
    if (own < 0 || options.neighbours.length !== layout.ranks)
      throw new Error(`rank ${options.rank} has no slot among ${layout.ranks}`)
    if (typeof native === 'string') throw new Error(native)
    const place = new Place(native, fd, layout, own, routeFor)
    rehearse()
    return new SharedMemory(place, options)
  } catch (error) {
    if (fd !== undefined) {
      if (layout !== undefined && own >= 0) refuse(fd, layout, own)
      fs.closeSync(fd)
    }
    return error instanceof Error ? error.message : String(error)
  }
}

/** Says in the lobby that this rank goes without, and wakes all who sleep: they will be reached another way. */
function refuse(fd: number, layout: SegmentLayout, own: number): void {
  for (const [offset, word] of refusal(layout, own)) fs.writeSync(fd, Int32Array.of(word), 0, 4, offset)
  const memory = new ArrayBuffer(layout.lobbyBytes)
  fs.readSync(fd, new Uint8Array(memory), 0, memory.byteLength, 0)
  const lobby = new Lobby(memory, layout, own)
  for (let index = 0; index < layout.ranks; index++) {
    if (lobby.sleep(index) === Sleep.awake) continue
    const { pid, bell, inode } = lobby.card(index)
    try {
      const opened = openBell(pid, bell, inode)
      ring(opened)
      fs.closeSync(opened)
    } catch {
      // It has ended.
    }
  }
}
