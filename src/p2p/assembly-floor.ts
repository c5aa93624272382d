/** Where the ranks assemble around their board, if there is one: opens it, and lets the assembly wait as messages are waited for. */
import type { MpiError } from '../errors.ts'
import type { Board, Transport } from '../transport/transport.ts'
import { Assembly, type Floor } from './assembly.ts'
import type { CallSites } from './call-site.ts'
import type { Departures } from './departures.ts'
import type { Disagreement } from './disagreement.ts'
import type { Inbox } from './inbox.ts'
import type { Departure } from './peer.ts'
import type { PostedReceive } from './posted-receive.ts'
import type { Receives } from './receives.ts'
import type { Cause, Limits, Supervise, Supervision } from './supervise.ts'
import { waitText, type Waiting } from './wait-text.ts'

export class AssemblyFloor implements Floor {
  readonly supervise: Supervise
  readonly suspected: Floor['suspected']
  readonly #transport: Transport
  readonly #receives: Receives
  readonly #inbox: Inbox
  readonly #departures: Departures
  readonly #sites: CallSites
  #board: Board | undefined = undefined
  #assembly: Assembly | undefined = undefined

  constructor(
    transport: Transport,
    receives: Receives,
    inbox: Inbox,
    departures: Departures,
    disagreement: Disagreement,
    supervision: Supervision,
    sites: CallSites,
  ) {
    this.#transport = transport
    this.#receives = receives
    this.#inbox = inbox
    this.#departures = departures
    this.#sites = sites
    this.supervise = supervision.supervise
    this.suspected = (rank, context, call) => disagreement.suspected(rank, context, call)
  }

  /** Opens the board at the first call; undefined where there is none. */
  open(): Assembly | undefined {
    if (this.#board === undefined) {
      this.#board = this.#transport.board?.()
      if (this.#board !== undefined) {
        this.#assembly = new Assembly(this.#board, this)
        for (let rank = 0; rank < this.#board.size; rank++)
          if (this.departure(rank) !== undefined) this.#board.left(rank)
      }
    }
    return this.#assembly
  }

  /** The assembly, once the board has been opened. */
  get assembly(): Assembly | undefined {
    return this.#assembly
  }

  /** A number that grows with what is published on the board and read. */
  get progress(): number {
    return this.#board?.progress ?? 0
  }

  receive(receive: PostedReceive, limits: Limits | undefined): Promise<unknown> {
    return this.#receives.begin(receive, limits)
  }

  withdraw(receive: PostedReceive): void {
    this.#receives.withdraw(receive)
  }

  fulfil(receive: PostedReceive, signature: number): boolean {
    return this.#inbox.fulfil(receive, signature)
  }

  departure(rank: number): Departure | undefined {
    return this.#departures.of(rank)
  }

  error(waiting: Waiting, cause: Cause): MpiError {
    return waitText(waiting, cause, '', this.#sites.of(waiting))
  }
}
