// All ranks wait for rank 0, which waits in the way that its argument says for something that is no message.
import { spawn } from 'node:child_process'
import { pbkdf2 } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { world } from 'zmpi'

const WHILE = 1500
const say = (text) => writeSync(1, `${text}\n`)

const ways = {
  timer: () => new Promise((resolve) => setTimeout(resolve, WHILE)),
  child: () => once(spawn('sleep', [String(WHILE / 1000)], { stdio: 'ignore' }), 'exit'),
  output: async () => {
    const child = spawn('sh', ['-c', `sleep ${WHILE / 1000}; echo word`], { stdio: ['ignore', 'pipe', 'ignore'] })
    child.unref()
    await once(child.stdout, 'data')
  },
  worker: () => {
    const code = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${WHILE})`
    return once(new Worker(code, { eval: true }), 'exit')
  },
  server: async () => {
    const server = createServer((_, response) => response.end('thanks')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    say(`listening at http://127.0.0.1:${server.address().port}`)
    await once(server, 'request')
    server.close()
  },
  file: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'alive-'))
    const path = join(directory, 'pipe')
    await once(spawn('mkfifo', [path], { stdio: 'ignore' }), 'exit')
    spawn('sh', ['-c', `sleep ${WHILE / 1000}; echo word > ${path}`], { stdio: 'ignore' }).unref()
    await readFile(path)
    await rm(directory, { recursive: true })
  },
  background: async () => {
    for (const end = Date.now() + WHILE; Date.now() < end;)
      await promisify(pbkdf2)('password', 'salt', 1_000_000, 32, 'sha256')
  },
  computation: async () => {
    for (const end = Date.now() + WHILE; Date.now() < end;);
  },
  stdin: async () => {
    say('reading')
    await once(process.stdin, 'data')
    process.stdin.pause()
  },
  timeout: () => world.receive(1, { tag: 9, timeout: WHILE }).catch((error) => say(error.code)),
  signal: () => world.receive(1, { tag: 9, signal: AbortSignal.timeout(WHILE) }).catch((error) => say(error.code)),
  stopped: async () => {
    say(`pid ${process.pid}`)
    await new Promise((resolve) => setTimeout(resolve, 300))
  },
}

let isOver = false
process.on('beforeExit', () => {
  if (!isOver) throw new Error('beforeExit while the program was running')
})
if (world.rank === 0) {
  // It waits for a message at the same time, so that only the other thing keeps it from being blocked.
  const answers = world.size === 1 ? [] : [world.receive(1, { tag: 1 })]
  await ways[process.argv[2]]()
  for (let rank = 1; rank < world.size; rank++) await world.send('go on', rank)
  await Promise.all(answers)
} else {
  const order = world.receive(0)
  say('is waiting')
  await order
  if (world.rank === 1) await world.send('went on', 0, { tag: 1 })
}
isOver = true
say(`rank ${world.rank} is done`)
