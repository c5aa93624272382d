// process.exit throws away what ZeroMQ has not sent.
import { world } from 'zmpi'

if (world.rank === 0) {
  for (let i = 0; i < 200; i++) void world.send(new Uint8Array(1 << 20), 1)
  process.exit(0)
}
let messages = 0
try {
  for (let i = 0; i < 200; i++) {
    await world.receive(0)
    messages++
  }
} catch {
  // What follows is the launcher's to tell.
}
