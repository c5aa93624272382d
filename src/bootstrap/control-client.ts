/**
 * The rank's end of the control channel: a socket pair that does not keep the process alive. Whoever must write before the
 * process ends knows what is still to come before it, so a line is never torn.
 */
import { fstatSync, readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import { ControlWriter, descriptorOf } from './control-writer.ts'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from './control.ts'

/** Milliseconds between two looks for what is to come. */
const PAUSE = 5

export class ControlClient {
  readonly #socket: Socket
  readonly #writer: ControlWriter
  readonly #text = new StringDecoder()
  readonly #decoder = new LineDecoder<AgentMessage>((message) => this.#messages.push(message))
  /** What has come and was not yet heard. */
  readonly #messages: AgentMessage[] = []
  #onMessage: ((message: AgentMessage) => void) | undefined
  #onClosed: (() => void) | undefined
  #isEnded = false

  constructor(socket: Socket) {
    this.#socket = socket
    this.#writer = new ControlWriter(socket)
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
        const length = readSync(descriptorOf(this.#socket), bytes)
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
    this.#writer.write(encodeLine(message))
  }

  /** Writes before the call returns: for a process that is about to exit. Waits while the agent reads. */
  sendNow(message: RankMessage): void {
    this.send(message)
    this.#writer.finishNow()
  }

  /** Keeps the process alive for an answer, or no longer. */
  hold(active: boolean): void {
    if (active) this.#socket.ref()
    else this.#socket.unref()
  }

  /** Resolves when what was said has left. */
  flush(): Promise<void> {
    return this.#writer.finished()
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
}

/** True when this descriptor is a socket, as the one that an agent, or another launcher, has handed down. */
export function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket()
  } catch {
    return false
  }
}
