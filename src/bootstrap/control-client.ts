/** The rank's end of the control channel: an inherited socket pair that does not keep the process alive. */
import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from './control.ts'

export class ControlClient {
  readonly #fd: number
  readonly #socket: Socket

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
    this.#socket.write(encodeLine(message))
  }

  /** Writes before the call returns: for a process that is about to exit. Waits while the agent reads. */
  sendNow(message: RankMessage): void {
    const bytes = Buffer.from(encodeLine(message))
    let written = 0
    while (written < bytes.length) {
      try {
        written += writeSync(this.#fd, bytes, written)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      }
    }
  }

  /** Keeps the process alive for an answer, or no longer. */
  hold(active: boolean): void {
    if (active) this.#socket.ref()
    else this.#socket.unref()
  }

  /** Sends what is queued, then closes. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.ref()
      this.#socket.end(() => {
        this.#socket.destroy()
        resolve()
      })
    })
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
