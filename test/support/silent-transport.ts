/** A transport that carries nothing anywhere: for tests that speak to an endpoint themselves. */
import type { PacketLimits, Transport } from '../../src/transport/transport.ts'
import { Header } from '../../src/wire/header.ts'

export class SilentTransport implements Transport {
  readonly dropped: number[] = []
  /** Headers of the packets that were to be sent. */
  readonly sent: Header[] = []

  limits(): PacketLimits {
    return { eagerBytes: 1024, fragmentBytes: 1024 }
  }

  send(_peer: number, header: Header): void {
    this.sent.push(Object.assign(new Header(), header))
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

  pull(_peer: number, _address: number, _target: Uint8Array): boolean {
    return false
  }

  queued(): number {
    return 0
  }

  drop(peer: number): void {
    this.dropped.push(peer)
  }

  async close(): Promise<void> {}
}
