// PyPar's demo: a message grows on its way round the ring, and its status tells how long it is.
//   zmpirun -n 4 examples/04-demo.ts
import { equal } from 'node:assert/strict'
import { abort, finalize, getProcessorName, rank, receive, send, size, type Status } from 'zmpi/pypar'

const me = rank()
const P = size()
console.log(`I am processor ${me} of ${P} on node ${getProcessorName()}`)
if (P < 2) {
  console.error('The demo must run on at least 2 processes')
  abort(2)
}

const tell = (text: string, status: Status): void => {
  console.log(`P${me} received ${text} of ${status.bytes()} bytes from P${status.source}`)
  equal(status.bytes(), text.length)
}

if (me === 0) {
  await send('MSGP0', 1)
  const [text, status] = await receive<string>(P - 1, { returnStatus: true })
  tell(text, status)
  equal(text, `MSG${Array.from({ length: P }, (_, r) => `P${r}`).join('->')}`)
} else {
  const [text, status] = await receive<string>(me - 1, { returnStatus: true })
  tell(text, status)
  await send(`${text}->P${me}`, (me + 1) % P)
}
await finalize()
