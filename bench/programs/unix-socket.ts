/** Two processes on a unix stream socket, each message preceded by its length: what one would write by hand. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { follow, Inbox, lead, type Link } from './pair.ts'
import { parseTasks } from './task.ts'

const LENGTH_BYTES = 4

function overSocket(socket: Socket): Link {
  const inbox = new Inbox()
  const length = Buffer.alloc(LENGTH_BYTES)
  let target = length
  let filled = 0
  socket.on('data', (chunk) => {
    let at = 0
    while (at < chunk.length) {
      const copied = chunk.copy(target, filled, at)
      at += copied
      filled += copied
      if (filled < target.length) continue
      filled = 0
      if (target === length) {
        target = Buffer.allocUnsafe(length.readUInt32LE())
      } else {
        inbox.arrive(target)
        target = length
      }
    }
  })
  const send = (value: unknown): void => {
    const { buffer, byteOffset, byteLength } = value as ArrayBufferView
    const header = Buffer.allocUnsafe(LENGTH_BYTES)
    header.writeUInt32LE(byteLength)
    socket.cork()
    socket.write(header)
    socket.write(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength))
    socket.uncork()
  }
  return { send, receive: () => inbox.receive() }
}

const tasks = parseTasks(process.argv.slice(2))
const given = process.env['BENCH_SOCKET']
if (given !== undefined) {
  const socket = connect(given)
  await follow(overSocket(socket), tasks)
  socket.end()
} else {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const path = join(directory, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    fork(import.meta.filename, process.argv.slice(2), { env: { ...process.env, BENCH_SOCKET: path } }).disconnect()
    const [socket] = (await once(server, 'connection')) as [Socket]
    await lead(overSocket(socket), tasks)
    socket.end()
    server.close()
  } finally {
    rmSync(directory, { recursive: true })
  }
}
