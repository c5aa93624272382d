/**
 * What a communicator needs for its collectives, loaded by the first of them; each collective with its algorithms is loaded
 * by its own first call, since a program has few of them and half of zmpi's files are theirs. `require` loads ES modules
 * too, and they have run when it returns: nothing is put off.
 */
import { createRequire } from 'node:module'
import type * as Allgather from '../collectives/allgather.ts'
import type * as Allreduce from '../collectives/allreduce.ts'
import type * as Alltoall from '../collectives/alltoall.ts'
import type * as Barrier from '../collectives/barrier.ts'
import type * as Broadcast from '../collectives/broadcast.ts'
import type * as Gather from '../collectives/gather.ts'
import type * as Reduce from '../collectives/reduce.ts'
import type * as ReduceScatter from '../collectives/reduce-scatter.ts'
import type * as Scan from '../collectives/scan.ts'
import type * as Scatter from '../collectives/scatter.ts'

export { Scratch } from '../collectives/scratch.ts'
export { CallHistory } from './call-history.ts'
export { CollectiveChannel } from './collective-channel.ts'
export { Meeting } from './meeting.ts'

const load = createRequire(import.meta.url)

/** A module that is loaded when it is first asked for. */
function onFirstUse<M>(loadModule: () => M): () => M {
  let module: M | undefined
  return () => (module ??= loadModule())
}

const allgather = onFirstUse(() => load('../collectives/allgather.js') as typeof Allgather)
const allreduce = onFirstUse(() => load('../collectives/allreduce.js') as typeof Allreduce)
const alltoall = onFirstUse(() => load('../collectives/alltoall.js') as typeof Alltoall)
const barrier = onFirstUse(() => load('../collectives/barrier.js') as typeof Barrier)
const broadcast = onFirstUse(() => load('../collectives/broadcast.js') as typeof Broadcast)
const gather = onFirstUse(() => load('../collectives/gather.js') as typeof Gather)
const reduce = onFirstUse(() => load('../collectives/reduce.js') as typeof Reduce)
const reduceScatter = onFirstUse(() => load('../collectives/reduce-scatter.js') as typeof ReduceScatter)
const scan = onFirstUse(() => load('../collectives/scan.js') as typeof Scan)
const scatter = onFirstUse(() => load('../collectives/scatter.js') as typeof Scatter)

/** The collectives by name. */
export const verbs = {
  get allgather(): typeof Allgather.allgather {
    return allgather().allgather
  },
  get allgatherInto(): typeof Allgather.allgatherInto {
    return allgather().allgatherInto
  },
  get allreduce(): typeof Allreduce.allreduce {
    return allreduce().allreduce
  },
  get allreduceInto(): typeof Allreduce.allreduceInto {
    return allreduce().allreduceInto
  },
  get alltoall(): typeof Alltoall.alltoall {
    return alltoall().alltoall
  },
  get alltoallInto(): typeof Alltoall.alltoallInto {
    return alltoall().alltoallInto
  },
  get barrier(): typeof Barrier.barrier {
    return barrier().barrier
  },
  get broadcast(): typeof Broadcast.broadcast {
    return broadcast().broadcast
  },
  get broadcastInto(): typeof Broadcast.broadcastInto {
    return broadcast().broadcastInto
  },
  get gather(): typeof Gather.gather {
    return gather().gather
  },
  get gatherInto(): typeof Gather.gatherInto {
    return gather().gatherInto
  },
  get reduce(): typeof Reduce.reduce {
    return reduce().reduce
  },
  get reduceInto(): typeof Reduce.reduceInto {
    return reduce().reduceInto
  },
  get reduceScatter(): typeof ReduceScatter.reduceScatter {
    return reduceScatter().reduceScatter
  },
  get exclusiveScan(): typeof Scan.exclusiveScan {
    return scan().exclusiveScan
  },
  get scan(): typeof Scan.scan {
    return scan().scan
  },
  get scatter(): typeof Scatter.scatter {
    return scatter().scatter
  },
  get scatterInto(): typeof Scatter.scatterInto {
    return scatter().scatterInto
  },
}
