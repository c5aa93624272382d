/** The smallest job: each rank prints its number. Nothing is sent. */
import { world } from 'zmpi'

console.log(`rank ${world.rank} of ${world.size}`)
