/**
 * The rank's end of the control channel: a socket pair that does not keep the process alive. What is said is written at
 * once, as far as there is room, and the rest is kept here: so whoever must write before the process ends knows what is
 * still to come before it, and a line is never torn.
 */
import { fstatSync, readSync, writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from './control.ts'

/** Milliseconds between two tries to write to a channel that is full, and between two looks for what is to come. */
const PAUSE = 5

export class ControlClient {
  readonly #fd: number
  readonly #socket: Socket
  /** What there was no room for. */
  #rest: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined
  readonly #text = new StringDecoder()
  readonly #decoder = new LineDecoder<AgentMessage>((message) => this.#messages.push(message))
  /** What has come and was not yet heard. */
  readonly #messages: AgentMessage[] = []
  #onMessage: ((message: AgentMessage) => void) | undefined
  #onClosed: (() => void) | undefined
  #isEnded = false

  /** @param fd the descriptor of `socket` */
  constructor(socket: Socket, fd: number) {
    this.#fd = fd
    this.#socket = socket
    const ended = (): void => {
      if (this.#isEnded) return
      this.#isEnded = true
      this.#onClosed?.()
    }
    socket.on('data', (bytes: Buffer) => {
      this.#decoder.push(this.#text.write(bytes))
      this.#deliver()
    })
    socket.on('error', ended)
    socket.on('end', ended)
    socket.unref()
  }

  /** `onMessage` gets what the agent says, from what was not received yet; `onClosed` is called when the agent is gone. */
  listen(onMessage: (message: AgentMessage) => void, onClosed: () => void): void {
    this.#onMessage = onMessage
    this.#onClosed = onClosed
    if (this.#messages.length > 0 || this.#isEnded)
      setImmediate(() => {
        this.#deliver()
        if (this.#isEnded) onClosed()
      })
  }

  /** The next message, for which the whole process waits; undefined when the agent is gone. */
  receive(): AgentMessage | undefined {
    const bytes = Buffer.alloc(4096)
    const pause = new Int32Array(new SharedArrayBuffer(4))
    while (this.#messages.length === 0 && !this.#isEnded) {
      try {
        const length = readSync(this.#fd, bytes)
        if (length === 0) break
        this.#decoder.push(this.#text.write(bytes.subarray(0, length)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') break
        Atomics.wait(pause, 0, 0, PAUSE)
      }
    }
    return this.#messages.shift()
  }

  send(message: RankMessage): void {
    this.#rest = Buffer.concat([this.#rest, Buffer.from(encodeLine(message))])
    if (this.#timer === undefined) this.#write()
  }

  /** Writes before the call returns: for a process that is about to exit. Waits while the agent reads. */
  sendNow(message: RankMessage): void {
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (this.send(message); this.#rest.length > 0; this.#write()) Atomics.wait(pause, 0, 0, PAUSE)
  }

  /** Keeps the process alive for an answer, or no longer. */
  hold(active: boolean): void {
    if (active) this.#socket.ref()
    else this.#socket.unref()
  }

  /** Resolves when what was said has left. */
  async flush(): Promise<void> {
    while (this.#rest.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }

  /** Sends what is left, then closes. */
  async close(): Promise<void> {
    this.#socket.ref()
    await this.flush()
    await new Promise<void>((resolve) => this.#socket.end(resolve))
    this.#socket.destroy()
  }

  #deliver(): void {
    if (this.#onMessage === undefined) return
    for (let message = this.#messages.shift(); message !== undefined; message = this.#messages.shift())
      this.#onMessage(message)
  }

  /** Writes what there is room for, the rest a little later. */
  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    try {
      while (this.#rest.length > 0) this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest))
    } catch (error) {
      // Any other error means that nobody listens any more: the end of the channel tells.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') this.#rest = Buffer.alloc(0)
      else this.#timer = setTimeout(() => this.#write(), PAUSE).unref()
    }
  }
}

/** True when this descriptor is a socket, as the one that an agent, or another launcher, has handed down. */
export function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}
