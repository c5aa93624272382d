/** The agent's end of one rank's control channel. */
import type { Socket } from 'node:net'
import { ControlWriter } from '../bootstrap/control-writer.ts'
import { encodeLine, LineDecoder, type AgentMessage, type RankMessage } from '../bootstrap/control.ts'

export class ControlChannel {
  readonly #socket: Socket
  readonly #writer: ControlWriter
  /** Resolves when the rank's end is closed: nothing more will be said. */
  readonly closed: Promise<void>

  /** `onGarbage` is called for what is not the protocol; nothing is heard afterwards. */
  constructor(socket: Socket, onMessage: (message: RankMessage) => void, onGarbage: (reason: string) => void) {
    this.#socket = socket
    this.#writer = new ControlWriter(socket)
    const decoder = new LineDecoder<RankMessage>(onMessage)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      try {
        decoder.push(text)
      } catch (error) {
        socket.destroy()
        onGarbage(error instanceof Error ? error.message : String(error))
      }
    })
    // A rank that was killed may reset the connection: it has closed it.
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  }

  send(messages: readonly AgentMessage[]): void {
    this.#writer.write(messages.map(encodeLine).join(''))
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
