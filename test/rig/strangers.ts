/** What strangers say at the open ports of a job. */
import { connect } from 'node:net'

/** More than anybody may make a process take. */
export const FLOOD = 256 << 20

/** The first words of ZMTP 3.0, after which a frame may follow. */
function greeting(proof: string): Buffer {
  const bytes = Buffer.alloc(64)
  bytes.write('ff00000000000000017f0300', 'hex')
  bytes.write(proof, 12)
  return bytes
}

const LONG = Buffer.from('0000010000000000', 'hex')
/** What is said, and whether it goes on for ever. */
export const SPEECHES: [string, Buffer, boolean][] = [
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), false],
  ['noise', Buffer.alloc(5000, 0xa7), false],
  ['noise without end', Buffer.alloc(64, 0xa7), true],
  ['ZMTP 1.0', Buffer.concat([Buffer.from([8, 0]), Buffer.from('zmpi 1 1'), Buffer.alloc(100)]), false],
  ['ZMTP 1.0 with a frame without end', Buffer.concat([Buffer.from([1, 0, 0xff]), LONG]), true],
  ['ZMTP 2.0', Buffer.concat([Buffer.from('ff00000000000000017f0105', 'hex'), Buffer.alloc(100)]), false],
  ['plain ZMTP 3.0', Buffer.concat([greeting('NULL'), Buffer.from('0419055245414459', 'hex')]), false],
  ['encrypted ZMTP 3.0 with a greeting without end', Buffer.concat([greeting('CURVE'), Buffer.from([6]), LONG]), true],
]

/** How an open port wants its peers to prove themselves. */
export function mechanism(door: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0)
    const socket = open(door)
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes])
      if (heard.length < 32) return
      resolve(heard.toString('latin1', 12, 32).replaceAll('\0', ''))
      socket.destroy()
    })
    // No more than makes it answer: what does not suit it would end the connection.
    socket.write(greeting('').subarray(0, 12))
  })
}

/** Speaks until the other side hangs up, or takes all of a flood. Resolves with the bytes that were taken. */
export function say(door: string, speech: Buffer, isEndless: boolean): Promise<number> {
  const block = Buffer.alloc(1 << 20, 0x5a)
  return new Promise((resolve) => {
    const socket = open(door)
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(socket.bytesWritten))
    socket.resume()
    const goOn = (error?: Error | null): void => {
      if (error) return
      if (socket.bytesWritten < FLOOD) socket.write(block, goOn)
      else socket.destroy()
    }
    if (isEndless) socket.write(speech, goOn)
    else socket.end(speech)
  })
}

/** Says something and leaves. */
export function drop(door: string, speech: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = open(door)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.write(speech, () => socket.destroy())
  })
}

function open(door: string): ReturnType<typeof connect> {
  return connect(Number(/\d+$/.exec(door)?.[0]), door.replace(/:\d+$/, ''))
}
