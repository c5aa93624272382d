/** Where a coordinator senses the signs of life of proxies: a port for each address at which it listens. */
import { randomBytes } from 'node:crypto'
import { PulseEcho } from '../remote/pulse.ts'
import { hostOf } from './gathering.ts'
import type { PulsePort } from './messages.ts'

/** What is bound to all addresses of a host. */
const ANYWHERE = '0.0.0.0'

export class PulsePorts {
  readonly #heard: (connection: string) => boolean
  readonly #secret = randomBytes(32).toString('base64url')
  readonly #echoes: PulseEcho[] = []
  /** By address. */
  readonly #ports = new Map<string, number>()

  /** `heard` gets the name of the proxy's connection, and tells whether there is one of that name. */
  constructor(heard: (connection: string) => boolean) {
    this.#heard = heard
  }

  /** Listens at the address of an endpoint as well, unless all who reach that are on this host. */
  async open(endpoint: string): Promise<void> {
    const address = hostOf(endpoint)
    if (address === '') return
    const echo = new PulseEcho(address, this.#secret, this.#heard)
    this.#echoes.push(echo)
    this.#ports.set(address, await echo.port())
  }

  /** For a proxy that has come by this endpoint. */
  portFor(endpoint: string): PulsePort {
    const port = this.#ports.get(hostOf(endpoint)) ?? this.#ports.get(ANYWHERE) ?? 0
    return { port, secret: this.#secret }
  }

  close(): void {
    for (const echo of this.#echoes) echo.close()
  }
}
