/** What the agent has laid into the control channel before the rank ran: read before anything else is heard there. */
import { readSync } from 'node:fs'
import type { AgentMessage, Network } from './control.ts'

const NEWLINE = 0x0a

/**
 * Takes the first message from the control channel, waiting for it. Not a byte of what follows is touched.
 * @throws when the channel has ended or carries something else
 */
export function receiveNetwork(fd: number): Network {
  const bytes: number[] = []
  const byte = Buffer.alloc(1)
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    try {
      if (readSync(fd, byte) === 0) throw new Error('zmpirun is gone')
      if (byte[0] === NEWLINE) break
      bytes.push(byte[0] ?? 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
  const message = JSON.parse(Buffer.from(bytes).toString()) as AgentMessage
  if (message.type !== 'network') throw new Error(`zmpirun has said ${message.type} before anything else`)
  return message.network
}
