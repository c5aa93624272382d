/** A transport that is being opened, and how the launcher hears of it. */
import { hostname } from 'node:os'
import type { Transport } from '../transport/transport.ts'
import type { RankMessage } from './control.ts'

export interface Opening {
  readonly transport: Transport
  /** Where others reach it. */
  readonly address: Promise<string>
}

/** Says that this rank takes part, and where it is as soon as that is known. */
export function announce({ address }: Opening, say: (message: RankMessage) => void): void {
  say({ type: 'join' })
  address.then(
    (where) => say({ type: 'open', address: where, host: hostname() }),
    (error: unknown) => say({ type: 'broken', reason: `cannot open its sockets: ${String(error)}` }),
  )
}
