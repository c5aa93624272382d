/** The rank's side of PMI-1: asks, and waits for the answer before it asks again. */
import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import type { PmiPort } from '../../bootstrap/engine.ts'
import { encodePmi, parsePmi, valueOf, type PmiLine } from './pmi-wire.ts'

/** Lines that answer `initack`, the first word at a port. */
const ACKNOWLEDGEMENTS = 4

export class PmiClient {
  readonly #socket: Socket
  readonly #lines: string[] = []
  #rest = ''
  #heard: () => void = () => {}
  #isClosed = false
  /** Ends when all that was asked so far has been answered. */
  #last: Promise<unknown> = Promise.resolve()
  #store = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#heard()
    })
    const closed = (): void => {
      this.#isClosed = true
      this.#heard()
    }
    socket.on('error', closed)
    socket.on('close', closed)
  }

  static onDescriptor(fd: number): PmiClient {
    return new PmiClient(new Socket({ fd, readable: true, writable: true }))
  }

  /** Resolves with the client, and the place that the launcher gives it. */
  static async atPort({ host, port, id }: PmiPort): Promise<{ client: PmiClient; rank: number; size: number }> {
    const socket = connect(port, host)
    await once(socket, 'connect')
    const client = new PmiClient(socket)
    const fields = new Map<string, string>()
    socket.write(encodePmi('initack', { pmiid: id }))
    for (let line = 0; line < ACKNOWLEDGEMENTS; line++)
      for (const [key, value] of (await client.#line()).fields) fields.set(key, value)
    return { client, rank: Number(fields.get('rank')), size: Number(fields.get('size')) }
  }

  async begin(): Promise<void> {
    // A later version may be offered in return; what is used here is the same in all.
    await this.#ask('init', { pmi_version: 1, pmi_subversion: 1 })
    this.#store = (await this.#ask('get_my_kvsname')).fields.get('kvsname') ?? ''
  }

  /** Others see it after the next barrier. */
  async put(key: string, value: string): Promise<void> {
    const answer = await this.#ask('put', { kvsname: this.#store, key, value })
    if (answer.fields.get('rc') !== '0') throw new Error(`PMI refuses to keep ${key}: ${answer.fields.get('msg')}`)
  }

  async get(key: string): Promise<string | undefined> {
    return valueOf(await this.#ask('get', { kvsname: this.#store, key }))
  }

  async barrier(): Promise<void> {
    await this.#ask('barrier_in')
  }

  /** From now on the launcher takes the end of this process as it is, instead of killing all others with code 9. */
  async end(): Promise<void> {
    if (this.#isClosed) return
    await this.#ask('finalize').catch(() => {})
    this.#socket.destroy()
  }

  #ask(command: string, fields: Readonly<Record<string, string | number>> = {}): Promise<PmiLine> {
    const ask = async (): Promise<PmiLine> => {
      this.#socket.write(encodePmi(command, fields))
      return this.#line()
    }
    const answer = this.#last.then(ask, ask)
    this.#last = answer.catch(() => {})
    return answer
  }

  async #line(): Promise<PmiLine> {
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return parsePmi(line)
      if (this.#isClosed) throw new Error('the launcher has closed the connection to its key-value store (PMI)')
      await new Promise<void>((resolve) => (this.#heard = resolve))
    }
  }
}
