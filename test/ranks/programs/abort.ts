import { world } from 'zmpi'

if (world.rank === 1) world.abort(7)
await world.receive(1)
