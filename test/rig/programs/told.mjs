// All ranks meet; each says by which keys it speaks to ranks of other hosts, and what job of Slurm this is. Ends as until.mjs.
import { DirectMembership } from '../../../dist/lib/bootstrap/direct.js'
import { world } from '../../../dist/lib/api/index.js'

const { value: enter } = Object.getOwnPropertyDescriptor(DirectMembership.prototype, 'enter')
let told
DirectMembership.prototype.enter = function () {
  told = enter.call(this)
  return told
}
await world.barrier()
const { SLURM_JOB_ID, SLURM_STEP_ID } = process.env
console.log(JSON.stringify({ keys: told.network.keys, job: `${SLURM_JOB_ID}.${SLURM_STEP_ID}` }))
await import('./until.mjs')
