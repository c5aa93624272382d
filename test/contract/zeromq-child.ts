/**
 * A rank in a process of its own, for zeromq.test.ts: `zeromq-child.js WAY DIRECTORY`. It is rank 1; rank 0 listens at
 * DIRECTORY/0. It never calls close or exit: whether the process ends is what is tested.
 */
import { Header, Kind } from '../../src/wire/header.ts'
import { ZeromqTransport } from '../../src/transport/zeromq.ts'
import { JOB } from './transport.ts'

const [, , way, directory = ''] = process.argv
let heard = 0
const transport: ZeromqTransport = new ZeromqTransport({
  rank: 1,
  size: 2,
  job: JOB,
  bind: `ipc://${directory}/1`,
  locate: async () => `ipc://${directory}/0`,
  receiver: {
    packet() {
      heard++
      transport.listen(false)
    },
    lost() {
      transport.listen(false)
    },
  },
})
await transport.open()

const header = Object.assign(new Header(), { kind: Kind.data, job: JOB, source: 1 })
function send(bytes: number): void {
  header.bytes = bytes
  transport.send(0, header, bytes === 0 ? undefined : new Uint8Array(bytes))
  header.id++
}

switch (way) {
  case 'send and end':
    for (const bytes of [8, 20_000, 3 << 20]) send(bytes)
    break
  case 'receive one and end':
    transport.listen(true)
    send(0)
    break
  case 'stop listening and end':
    transport.listen(true)
    setTimeout(() => transport.listen(false), 20)
    break
  case 'end while the peer is stopped':
    for (let i = 0; i < 50; i++) send(1 << 20)
    break
  case 'idle': {
    transport.listen(true)
    const windows: number[] = []
    for (let i = 0; i < 11; i++) {
      const before = process.cpuUsage()
      await new Promise((resolve) => setTimeout(resolve, 100))
      const { user, system } = process.cpuUsage(before)
      windows.push((user + system) / 1000)
    }
    process.stdout.write(JSON.stringify(windows))
    transport.listen(false)
    break
  }
  case 'die':
    for (const bytes of [8, 8, 8]) send(bytes)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)
    break
  default:
    throw new Error(`no way ${way}`)
}
process.on('exit', () => process.stdout.write(way === 'receive one and end' ? `heard ${heard}` : ''))
