/** Says more through its control channel than there is room for, and one word more before it exits. */
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { ControlClient } from '../../../src/bootstrap/control-client.ts'

const client = new ControlClient(new Socket({ fd: 3, readable: true, writable: true }))
const filler = Array.from({ length: 1000 }, (_, rank) => rank)
for (let ranks = 0; ranks < 500; ranks++) client.send({ type: 'where', ranks: [ranks, ...filler] })
writeSync(1, 'full\n')
client.sendNow({ type: 'abort', code: 3 })
process.exit(3)
