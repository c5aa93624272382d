/** Two processes on a PAIR of raw zeromq.js sockets, over ipc or tcp: the floor of what zmpi adds on `--transport zmq`. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pair } from 'zeromq'
import { follow, lead, type Link } from './pair.ts'
import { parseTasks } from './task.ts'

function overPair(socket: Pair): Link {
  return {
    send: (value) => {
      const { buffer, byteOffset, byteLength } = value as ArrayBufferView
      return socket.send(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength))
    },
    receive: async () => (await socket.receive())[0],
  }
}

const tasks = parseTasks(process.argv.slice(2))
const options = { sendHighWaterMark: 0, receiveHighWaterMark: 0 }
const given = process.env['BENCH_SOCKET']
if (given !== undefined) {
  const socket = new Pair(options)
  socket.connect(given)
  await follow(overPair(socket), tasks)
  socket.close()
} else {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const socket = new Pair(options)
    await socket.bind(process.env['BENCH_PROTOCOL'] === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory}/socket`)
    const env = { ...process.env, BENCH_SOCKET: socket.lastEndpoint ?? '' }
    fork(import.meta.filename, process.argv.slice(2), { env }).disconnect()
    await lead(overPair(socket), tasks)
    socket.close()
  } finally {
    rmSync(directory, { recursive: true })
  }
}
