/** The transport of a job of one rank: there is nobody to send to. Messages to oneself never reach a transport. */
import type { PacketLimits, Transport } from './transport.ts'

export class NoTransport implements Transport {
  limits(): PacketLimits {
    return { eagerBytes: Number.MAX_SAFE_INTEGER, fragmentBytes: Number.MAX_SAFE_INTEGER }
  }

  send(peer: number): void {
    throw new Error(`bug: a packet for rank ${peer} in a job of one rank`)
  }

  poll(): void {}

  listen(): void {}

  expose(): undefined {
    return undefined
  }

  invite(): undefined {
    return undefined
  }

  push(): boolean {
    return false
  }

  pull(): boolean {
    return false
  }

  queued(): number {
    return 0
  }

  drop(): void {}

  close(): Promise<void> {
    return Promise.resolve()
  }
}
