/**
 * The rank's end of the control channel: an inherited socket pair that does not keep the process alive. What is said is
 * written at once, as far as there is room, and the rest is kept here: so whoever must write before the process ends
 * knows what is still to come before it, and a line is never torn.
 */
import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from './control.ts'

/** Milliseconds between two tries to write to a channel that is full. */
const PAUSE = 5

export class ControlClient {
  readonly #fd: number
  readonly #socket: Socket
  /** What there was no room for. */
  #rest: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined

  /** `onMessage` gets what the agent says; `onClosed` is called when the agent is gone. */
  constructor(fd: number, onMessage: (message: AgentMessage) => void, onClosed: () => void) {
    this.#fd = fd
    this.#socket = new Socket({ fd, readable: true, writable: true })
    const decoder = new LineDecoder<AgentMessage>(onMessage)
    this.#socket.setEncoding('utf8')
    this.#socket.on('data', (text: string) => decoder.push(text))
    this.#socket.on('error', onClosed)
    this.#socket.on('end', onClosed)
    this.#socket.unref()
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

  /** Sends what is left, then closes. */
  async close(): Promise<void> {
    this.#socket.ref()
    while (this.#rest.length > 0) await new Promise((resolve) => setTimeout(resolve, PAUSE))
    await new Promise<void>((resolve) => this.#socket.end(resolve))
    this.#socket.destroy()
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

/** True when this descriptor is the socket that the agent has handed down. */
export function isControlDescriptor(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}
