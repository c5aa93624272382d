// Waits for a message that nobody can send.
import { world } from 'zmpi'

await world.receive(0, { tag: 3 })
