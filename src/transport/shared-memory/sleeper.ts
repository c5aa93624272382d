/**
 * How this rank sleeps: it says what it must be woken for, looks once more, and leaves the rest to its bell. Who waits for
 * packets is woken by any; whose program does other things, only when there is room for what it has queued.
 */
import { Waiting, type WaitingOptions } from '../waiting.ts'
import { Bell } from './bell.ts'
import type { Cores } from './cores.ts'
import { Sleep } from './lobby.ts'
import type { Outbox } from './outbox.ts'
import type { Place } from './place.ts'

export interface SleeperLooks {
  /** Delivers what has arrived and sends what now fits. True when there was anything. */
  readonly look: () => boolean
  /** The same, leaving nothing for later: it sleeps if there was nothing. */
  readonly lastLook: () => boolean
}

export class Sleeper {
  readonly waiting: Waiting
  readonly bell: Bell
  /** The program waits for packets. */
  active = false
  readonly #place: Place
  readonly #outbox: Outbox
  readonly #lastLook: () => boolean

  /** Throws when the system refuses something. */
  constructor(place: Place, outbox: Outbox, cores: Cores, { look, lastLook }: SleeperLooks, options: WaitingOptions) {
    this.#place = place
    this.#outbox = outbox
    this.#lastLook = lastLook
    const { native } = place
    this.waiting = new Waiting(
      {
        poll: look,
        sleep: () => this.#lieDown(),
        wake: () => this.#rise(),
        yield: () => cores.yield(),
      },
      options,
    )
    this.bell = new Bell(native, () => this.#rung())
  }

  /** The program does not wait for packets, but some may wait to leave: the event loop sends them when there is room. */
  watchForRoom(): void {
    if (this.#outbox.isEmpty) return
    this.#place.lobby.setSleep(Sleep.full)
    this.#outbox.waitForRoom()
    this.#outbox.flush()
  }

  /** Says so, asks for room where some is needed, and looks once more. */
  #lieDown(): boolean {
    this.#place.lobby.setSleep(Sleep.asleep)
    this.#outbox.waitForRoom()
    if (this.#lastLook()) {
      this.#place.lobby.setSleep(Sleep.awake)
      return false
    }
    this.bell.hold(true)
    return true
  }

  #rise(): void {
    this.#place.lobby.setSleep(Sleep.awake)
    this.bell.hold(false)
  }

  #rung(): void {
    if (this.waiting.asleep) this.waiting.rung()
    else if (!this.active) this.watchForRoom()
  }
}
