// Says who it is, and never communicates.
import { world } from '../../../dist/lib/api/index.js'

console.log(`rank ${world.rank} of ${world.size}`)
