/** What a communicator needs for its collectives, loaded by the first of them: many programs call none. */
import { allgather, allgatherInto } from '../collectives/allgather.ts'
import { allreduce, allreduceInto } from '../collectives/allreduce.ts'
import { alltoall, alltoallInto } from '../collectives/alltoall.ts'
import { barrier } from '../collectives/barrier.ts'
import { broadcast, broadcastInto } from '../collectives/broadcast.ts'
import { gather, gatherInto } from '../collectives/gather.ts'
import { reduce, reduceInto } from '../collectives/reduce.ts'
import { reduceScatter } from '../collectives/reduce-scatter.ts'
import { exclusiveScan, scan } from '../collectives/scan.ts'
import { scatter, scatterInto } from '../collectives/scatter.ts'

export { Scratch } from '../collectives/scratch.ts'
export { CallHistory } from './call-history.ts'
export { CollectiveChannel } from './collective-channel.ts'
export { Adoption } from './adoption.ts'

/** The collectives by name. */
export const verbs = {
  allgather,
  allgatherInto,
  allreduce,
  allreduceInto,
  alltoall,
  alltoallInto,
  barrier,
  broadcast,
  broadcastInto,
  gather,
  gatherInto,
  reduce,
  reduceInto,
  reduceScatter,
  exclusiveScan,
  scan,
  scatter,
  scatterInto,
}
