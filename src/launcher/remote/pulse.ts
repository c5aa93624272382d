/**
 * Signs of life by datagram, next to those on the control connection. After a cut TCP is silent for as long again as the
 * cut lasted, because it doubles its pauses, so that a cut of half a lease would be taken for a loss. An agent, or a rank's
 * proxy, sends a pulse with each beat and the launcher, or the coordinator, echoes it. Each carries a number that grows and a seal by the secret of the job:
 * who does not know it can neither keep a host alive nor learn anything.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { Protection } from '../../transport/zeromq/keys.ts'

interface Sign {
  readonly type: 'pulse' | 'echo'
  /** Of the agent's connection. */
  readonly name: string
  readonly number: number
}

/** The secret of the seal, where those who talk to each other share keys: without them it is none. */
export function sealSecret(protection: Protection): string {
  return protection === 'none' ? protection : protection.secretKey
}

/** The launcher's end, for all agents that reach it at one address. */
export class PulseEcho {
  readonly #socket: Socket
  readonly #latest = new Map<string, number>()

  /** `heard` gets the name of the agent's connection, and tells whether there is one of that name. */
  constructor(address: string, secret: string, heard: (name: string) => boolean) {
    this.#socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    this.#socket.on('error', () => {})
    this.#socket.on('message', (datagram, from) => {
      const sign = unseal(datagram, secret)
      if (sign?.type !== 'pulse' || sign.number <= (this.#latest.get(sign.name) ?? -1)) return
      if (!heard(sign.name)) return
      this.#latest.set(sign.name, sign.number)
      this.#socket.send(seal({ ...sign, type: 'echo' }, secret), from.port, from.address, () => {})
    })
    this.#socket.bind(0, address)
  }

  /** Resolves with the port; 0 when there can be none: then the control connection has to do. */
  async port(): Promise<number> {
    try {
      await once(this.#socket, 'listening')
      return this.#socket.address().port
    } catch {
      return 0
    }
  }

  close(): void {
    this.#socket.close()
  }
}

/** The agent's end. */
export class Pulse {
  readonly #socket: Socket
  readonly #name: string
  readonly #secret: string
  #number = 0
  #echoed = 0
  #isConnected = false

  /** `heard` is called when the launcher has answered. */
  constructor(address: string, port: number, name: string, secret: string, heard: () => void) {
    this.#name = name
    this.#secret = secret
    this.#socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    // Refused, or no route: what that means is the lease's business.
    this.#socket.on('error', () => {})
    this.#socket.on('message', (datagram) => {
      const sign = unseal(datagram, secret)
      if (sign?.type !== 'echo' || sign.name !== name || sign.number <= this.#echoed) return
      this.#echoed = sign.number
      heard()
    })
    if (port > 0) this.#socket.connect(port, address, (error?: Error) => (this.#isConnected = error === undefined))
  }

  beat(): void {
    if (!this.#isConnected) return
    const sign = { type: 'pulse', name: this.#name, number: ++this.#number } as const
    this.#socket.send(seal(sign, this.#secret), () => {})
  }

  close(): void {
    this.#socket.close()
  }
}

/** A sign as a datagram: the seal and the text. */
export function seal(sign: Sign, secret: string): Buffer {
  const text = Buffer.from(JSON.stringify([sign.type, sign.name, sign.number]))
  return Buffer.concat([digest(text, secret), text])
}

/** What a datagram says, or undefined when it is not of this job. */
export function unseal(datagram: Buffer, secret: string): Sign | undefined {
  const text = datagram.subarray(SEAL_BYTES)
  if (datagram.length <= SEAL_BYTES || !timingSafeEqual(datagram.subarray(0, SEAL_BYTES), digest(text, secret)))
    return undefined
  // Without keys anybody can seal anything.
  try {
    const [type, name, number] = JSON.parse(text.toString()) as unknown[]
    if ((type !== 'pulse' && type !== 'echo') || typeof name !== 'string') return undefined
    return typeof number === 'number' && Number.isSafeInteger(number) ? { type, name, number } : undefined
  } catch {
    return undefined
  }
}

const SEAL_BYTES = 32

function digest(text: Buffer, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}
