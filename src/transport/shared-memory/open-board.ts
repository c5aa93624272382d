/** The board of the ranks of one host (see board) in their segment: what it needs of the system and of the lobby. */
import { Board } from '../board.ts'
import type { VectorMemory } from '../vector-memory.ts'
import { Sleep } from './lobby.ts'
import type { Neighbour } from './neighbour.ts'
import type { Place } from './place.ts'

/** Looks at the board within one call, some µs; where ranks take turns, fewer, but again each time that it is their turn. */
const LOOKS = 3000
const CROWDED_LOOKS = 60
const CROWDED_TURNS = 16

export interface BoardCustoms {
  readonly spins: boolean
  /** More ranks than cores. */
  readonly crowded: boolean
  /** Gives the core to another process. */
  readonly pause: () => void
  readonly wake: (neighbour: Neighbour) => void
}

/** `neighbours` by rank. undefined where there is no room for it: then the other ranks learn that this one does without. */
export function openBoard(
  place: Place,
  neighbours: readonly (Neighbour | undefined)[],
  { spins, crowded, pause, wake }: BoardCustoms,
): Board | undefined {
  const { lobby, layout, native, own } = place
  let memory: ArrayBuffer | VectorMemory
  try {
    memory = place.board()
  } catch {
    return undefined
  }
  const ranks = Array.from({ length: layout.board.ranks }, (_, index) => index)
  const board = new Board(memory, layout.board, {
    own,
    looks: !spins ? 1 : crowded ? CROWDED_LOOKS : LOOKS,
    pauses: spins && crowded ? CROWDED_TURNS : 0,
    pause,
    isComplete: () => ranks.every((index) => lobby.hasBoard(index)),
    hail: (index) => {
      if (lobby.sleep(index) !== Sleep.asleep) return
      const neighbour = neighbours[index]
      if (neighbour !== undefined) wake(neighbour)
    },
    destination: place.destination(memory instanceof ArrayBuffer ? memory : memory.buffer, layout.board.dataBytes),
    memory: {
      explore: () => {
        if (ranks.every((index) => index === own || neighbours[index]?.readablePid !== undefined)) lobby.readsAll()
      },
      isOpen: () => ranks.every((index) => lobby.isReader(index)),
      address: (data) => native.address(data),
      read: (index, address, target) => {
        const pid = neighbours[index]?.readablePid
        return pid !== undefined && native.read(pid, address, target)
      },
    },
  })
  lobby.openBoard()
  return board
}
