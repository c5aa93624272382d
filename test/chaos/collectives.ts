/** The collectives that chaos programs call: how each is called, and what it must yield by the plain definition. */
import { Op, type Communicator } from '../../src/index.ts'
import type { CollectiveCall } from './program.ts'

/** Which members a rank's result depends on: a rank may be done as soon as these have called. */
export type Needs = 'all' | 'root' | 'atRootAll' | 'lower'

interface Definition {
  readonly needs: Needs
  readonly call: (comm: Communicator, input: Int32Array, call: CollectiveCall) => Promise<unknown>
  /** The result of `rank` for all ranks' inputs. */
  readonly result: (inputs: readonly Int32Array[], rank: number, call: CollectiveCall) => unknown
}

const plain = (array: Int32Array): number[] => [...array]
const sum = (arrays: readonly Int32Array[]): Int32Array =>
  arrays.reduce((total, array) => total.map((element, i) => element + (array[i] as number)))
const joined = (arrays: readonly Int32Array[]): Int32Array => Int32Array.from(arrays.flatMap(plain))
/** Block of `rank` when an array is dealt out in balanced blocks. */
const block = (array: Int32Array, rank: number, size: number): Int32Array => {
  const start = (index: number): number =>
    index * Math.floor(array.length / size) + Math.min(index, array.length % size)
  return array.slice(start(rank), start(rank + 1))
}
const atRoot = <T>(rank: number, { root }: CollectiveCall, value: T): T | undefined =>
  rank === root ? value : undefined
const first = (inputs: readonly Int32Array[]): Int32Array => inputs[0] as Int32Array

export const COLLECTIVES: Readonly<Record<string, Definition>> = {
  barrier: { needs: 'all', call: (comm) => comm.barrier(), result: () => undefined },
  broadcast: {
    needs: 'root',
    call: (comm, input, { root }) => comm.broadcast(comm.rank === root ? input : undefined, root),
    result: (inputs, _, { root }) => inputs[root],
  },
  scatter: {
    needs: 'root',
    call: (comm, input, { root }) =>
      comm.scatter(comm.rank === root ? Array.from({ length: comm.size }, (_, i) => [i, ...input]) : undefined, root),
    result: (inputs, rank, { root }) => [rank, ...(inputs[root] as Int32Array)],
  },
  scatterArray: {
    needs: 'root',
    call: (comm, input, { root }) => comm.scatter(comm.rank === root ? input : undefined, root),
    result: (inputs, rank, { root }) => block(inputs[root] as Int32Array, rank, inputs.length),
  },
  gather: {
    needs: 'atRootAll',
    call: (comm, input, { root }) => comm.gather(input, root),
    result: (inputs, rank, call) => atRoot(rank, call, inputs),
  },
  allgather: { needs: 'all', call: (comm, input) => comm.allgather(input), result: (inputs) => inputs },
  alltoall: {
    needs: 'all',
    call: (comm, input) => comm.alltoall(Array.from({ length: comm.size }, (_, i) => [i, ...input])),
    result: (inputs, rank) => inputs.map((input) => [rank, ...input]),
  },
  reduce: {
    needs: 'atRootAll',
    call: (comm, input, { root }) => comm.reduce(input, Op.sum, root),
    result: (inputs, rank, call) => atRoot(rank, call, sum(inputs)),
  },
  reduceInOrder: {
    needs: 'atRootAll',
    call: (comm, input, { root }) => comm.reduce(plain(input), Op.concat, root),
    result: (inputs, rank, call) => atRoot(rank, call, inputs.flatMap(plain)),
  },
  allreduce: { needs: 'all', call: (comm, input) => comm.allreduce(input, Op.sum), result: sum },
  allreduceInOrder: {
    needs: 'all',
    call: (comm, input) => comm.allreduce(plain(input), Op.concat),
    result: (inputs) => inputs.flatMap(plain),
  },
  reduceScatter: {
    needs: 'all',
    call: (comm, input) => comm.reduceScatter(input, Op.sum),
    result: (inputs, rank) => block(sum(inputs), rank, inputs.length),
  },
  scan: {
    needs: 'lower',
    call: (comm, input) => comm.scan(input, Op.sum),
    result: (inputs, rank) => sum(inputs.slice(0, rank + 1)),
  },
  exclusiveScan: {
    needs: 'lower',
    call: (comm, input) => comm.exclusiveScan(plain(input), Op.concat),
    result: (inputs, rank) => (rank === 0 ? undefined : inputs.slice(0, rank).flatMap(plain)),
  },
  broadcastInto: {
    needs: 'root',
    call: async (comm, input, { root }) => {
      await comm.broadcastInto(input, root)
      return input
    },
    result: (inputs, _, { root }) => inputs[root],
  },
  reduceInto: {
    needs: 'atRootAll',
    call: async (comm, input, { root }) => {
      await comm.reduceInto(input, Op.max, root)
      return input
    },
    result: (inputs, rank, { root }) =>
      rank === root
        ? first(inputs).map((_, i) => Math.max(...inputs.map((input) => input[i] as number)))
        : inputs[rank],
  },
  allreduceInto: {
    needs: 'all',
    call: async (comm, input) => {
      await comm.allreduceInto(input, Op.sum)
      return input
    },
    result: sum,
  },
  gatherInto: {
    needs: 'atRootAll',
    call: async (comm, input, { root }) => {
      const target = comm.rank === root ? new Int32Array(comm.size * input.length) : undefined
      await comm.gatherInto(target, input, root)
      return target
    },
    result: (inputs, rank, call) => atRoot(rank, call, joined(inputs)),
  },
  scatterInto: {
    needs: 'root',
    call: async (comm, input, { root }) => {
      const target = new Int32Array(input.length)
      const all =
        comm.rank === root ? joined(Array.from({ length: comm.size }, (_, i) => input.map((x) => x + i))) : undefined
      await comm.scatterInto(target, all, root)
      return target
    },
    result: (inputs, rank, { root }) => inputs[root]?.map((element) => element + rank),
  },
  allgatherInto: {
    needs: 'all',
    call: async (comm, input) => {
      const target = new Int32Array(comm.size * input.length)
      await comm.allgatherInto(target, input)
      return target
    },
    result: joined,
  },
  alltoallInto: {
    needs: 'all',
    call: async (comm, input) => {
      const values = joined(Array.from({ length: comm.size }, (_, i) => input.map((x) => x + i)))
      const target = new Int32Array(values.length)
      await comm.alltoallInto(target, values)
      return target
    },
    result: (inputs, rank) => joined(inputs.map((input) => input.map((element) => element + rank))),
  },
}

/** What a rank contributes. */
export function inputOf(comm: number, call: number, rank: number, length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => (comm * 31 + call * 17 + rank * 7 + i * 3) % 1009)
}

/** A value in a few characters: type and content. */
export function digest(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, (_, part: unknown) =>
    part instanceof Int32Array ? { int32: [...part] } : part,
  )
  if (text === undefined || text.length < 80) return text ?? 'undefined'
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return `${text.slice(0, 40)}…${text.length} ${hash >>> 0}`
}
