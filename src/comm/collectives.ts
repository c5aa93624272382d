/**
 * What a communicator needs for its collectives: half of zmpi's files, loaded by its first collective (`require` loads ES
 * modules too, before it returns, so nothing is put off), since a program may have none.
 */
export { allgather, allgatherInto } from '../collectives/allgather.ts'
export { allreduce, allreduceInto } from '../collectives/allreduce.ts'
export { alltoall, alltoallInto } from '../collectives/alltoall.ts'
export { barrier } from '../collectives/barrier.ts'
export { broadcast, broadcastInto } from '../collectives/broadcast.ts'
export { gather, gatherInto } from '../collectives/gather.ts'
export { reduce, reduceInto } from '../collectives/reduce.ts'
export { reduceScatter } from '../collectives/reduce-scatter.ts'
export { exclusiveScan, scan } from '../collectives/scan.ts'
export { scatter, scatterInto } from '../collectives/scatter.ts'
export { signatureOf } from '../collectives/signature.ts'
export { CallHistory } from './call-history.ts'
export { CollectiveChannel } from './collective-channel.ts'
