// Each rank takes itself for the root: both calls return, with different values.
import { world } from 'zmpi'

await world.broadcast(world.rank, world.rank)
