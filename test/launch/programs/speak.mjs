// Says to its agent the messages that its argument lists for its rank (JSON lines), prints the answers, ends at "bye"
// on stdin of rank 0, or when as many answers as expected have come.
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'

const plan = JSON.parse(process.argv[2])[process.env.ZMPI_RANK]
const socket = new Socket({ fd: Number(process.env.ZMPI_CONTROL_FD), readable: true, writable: true })
for (const message of plan.say) socket.write(`${JSON.stringify(message)}\n`)
let answers = 0
const leave = () => {
  for (const message of plan.last ?? []) socket.write(`${JSON.stringify(message)}\n`)
  socket.end(() => socket.destroy())
}
createInterface({ input: socket }).on('line', (line) => {
  console.log(line)
  if (++answers === plan.answers) leave()
})
if (plan.answers === 0) leave()
