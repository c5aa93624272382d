/** The algorithms as the simulator runs them, each with the formula for powers of two beyond what can be run. */
import { ArrayAccumulator } from '../../src/collectives/accumulator.ts'
import { allgatherBruck } from '../../src/collectives/algorithms/allgather-bruck.ts'
import { allgatherLinear } from '../../src/collectives/algorithms/allgather-linear.ts'
import { allgatherRecursiveDoubling } from '../../src/collectives/algorithms/allgather-recursive-doubling.ts'
import { allgatherRing } from '../../src/collectives/algorithms/allgather-ring.ts'
import { allreduceLinear } from '../../src/collectives/algorithms/allreduce-linear.ts'
import { allreduceRabenseifner } from '../../src/collectives/algorithms/allreduce-rabenseifner.ts'
import { allreduceRecursiveDoubling } from '../../src/collectives/algorithms/allreduce-recursive-doubling.ts'
import { allreduceRing } from '../../src/collectives/algorithms/allreduce-ring.ts'
import { alltoallBruck } from '../../src/collectives/algorithms/alltoall-bruck.ts'
import { alltoallLinear } from '../../src/collectives/algorithms/alltoall-linear.ts'
import { alltoallPairwise } from '../../src/collectives/algorithms/alltoall-pairwise.ts'
import { barrierDissemination } from '../../src/collectives/algorithms/barrier-dissemination.ts'
import { barrierLinear } from '../../src/collectives/algorithms/barrier-linear.ts'
import { broadcastBinomial } from '../../src/collectives/algorithms/broadcast-binomial.ts'
import { broadcastChain, SEGMENT_BYTES } from '../../src/collectives/algorithms/broadcast-chain.ts'
import { broadcastScatterAllgather } from '../../src/collectives/algorithms/broadcast-scatter-allgather.ts'
import { gatherBinomial } from '../../src/collectives/algorithms/gather-binomial.ts'
import { gatherLinear } from '../../src/collectives/algorithms/gather-linear.ts'
import { reduceBinomial } from '../../src/collectives/algorithms/reduce-binomial.ts'
import { reduceRabenseifner } from '../../src/collectives/algorithms/reduce-rabenseifner.ts'
import { reduceScatterRecursiveHalving } from '../../src/collectives/algorithms/reduce-scatter-recursive-halving.ts'
import { reduceScatterRing } from '../../src/collectives/algorithms/reduce-scatter-ring.ts'
import { scanRecursiveDoubling } from '../../src/collectives/algorithms/scan-recursive-doubling.ts'
import { scatterBinomial } from '../../src/collectives/algorithms/scatter-binomial.ts'
import { scatterLinear } from '../../src/collectives/algorithms/scatter-linear.ts'
import { ArrayBlocks, relativeTo, ValueBlocks, type Blocks } from '../../src/collectives/blocks.ts'
import type { Channel } from '../../src/collectives/channel.ts'
import { ArrayHolder } from '../../src/collectives/holder.ts'
import type { Kernel } from '../../src/collectives/kernels.ts'
import { arrayOutbox, ArraySlots } from '../../src/collectives/outbox.ts'
import { balanced } from '../../src/collectives/partition.ts'
import { log2Ceiling } from '../../src/collectives/patterns.ts'
import type { Collective } from '../../src/collectives/select.ts'
import { atOnce, down, exchanges, foldings, inTurn, pipeline, up } from './formulas.ts'
import type { Cost, Model } from './model.ts'

export interface Algorithm {
  readonly collective: Collective
  readonly name: string
  /** Messages that all ranks together send, about. */
  readonly messages: (size: number) => number
  /** Whether it cuts arrays into a block for each rank, which takes a byte for each at least. */
  readonly cuts: boolean
  /** `scale`: bytes that each of the array's stands for. */
  readonly run: (channel: Channel, array: Uint8Array, kernel: Kernel, scale: number) => Promise<unknown>
  /** Cost on `size` ranks, a power of two, of an array of `bytes` bytes. */
  readonly formula: (model: Model, size: number, bytes: number) => Cost
  /** By what part the formula's time may miss. @default 0 */
  readonly error?: number
}

const perStep = (size: number): number => size * log2Ceiling(size)
const perPair = (size: number): number => size * (size - 1)
const perRank = (size: number): number => size - 1
const steps = (size: number, bytes: number): number[] => Array.from({ length: log2Ceiling(size) }, () => bytes)
const rounds = (size: number, bytes: number): number[] => Array.from({ length: size - 1 }, () => bytes)
/** bytes/size, 2·bytes/size, …, bytes/2. */
const doubling = (size: number, bytes: number): number[] =>
  steps(size, bytes).map((all, step) => (all * 2 ** step) / size)
const halving = (size: number, bytes: number): number[] => doubling(size, bytes).toReversed()

function blocksOf(channel: Channel, array: Uint8Array): Blocks {
  return new ArrayBlocks(channel, relativeTo(0, channel), array, balanced(array.length, channel.size))
}

/** As a list of values: a run that wraps round its end travels as one message. */
function listOf(channel: Channel, array: Uint8Array): Blocks {
  const block = array.subarray(0, array.length / channel.size)
  const list = Array.from({ length: channel.size }, () => block)
  return new ValueBlocks(channel, relativeTo(0, channel), list)
}

const accumulator = (channel: Channel, array: Uint8Array, kernel: Kernel): ArrayAccumulator<Uint8Array> =>
  new ArrayAccumulator(channel, array, kernel, array)

export const ALGORITHMS: readonly Algorithm[] = [
  {
    collective: 'barrier',
    name: 'dissemination',
    messages: perStep,
    cuts: false,
    run: (channel) => barrierDissemination(channel),
    formula: (model, size) => exchanges(model, steps(size, 0)),
  },
  {
    collective: 'barrier',
    name: 'linear',
    messages: perPair,
    cuts: false,
    run: (channel) => barrierLinear(channel),
    formula: (model, size) => atOnce(model, size - 1, size - 1, 0),
  },
  {
    collective: 'broadcast',
    name: 'binomial',
    messages: perRank,
    cuts: false,
    run: (channel, array) => broadcastBinomial(channel, new ArrayHolder(channel, array), 0),
    formula: (model, size, bytes) => down(model, log2Ceiling(size), () => bytes),
  },
  {
    collective: 'broadcast',
    name: 'scatterAllgather',
    messages: perPair,
    cuts: true,
    run: (channel, array) => broadcastScatterAllgather(channel, array, 0),
    // The ring begins before the last rank has its block.
    formula: (model, size, bytes) =>
      inTurn(
        down(model, log2Ceiling(size), (span) => (bytes * span) / size),
        exchanges(model, rounds(size, bytes / size)),
      ),
    error: 0.2,
  },
  {
    collective: 'broadcast',
    name: 'chain',
    messages: (size) => 64 * size,
    cuts: false,
    run: (channel, array, _kernel, scale) => broadcastChain(channel, array, 0, SEGMENT_BYTES / scale),
    formula: (model, size, bytes) => pipeline(model, size, bytes, SEGMENT_BYTES),
    error: 0.2,
  },
  {
    collective: 'scatter',
    name: 'linear',
    messages: perRank,
    cuts: true,
    run: (channel, array) => scatterLinear(blocksOf(channel, array)),
    formula: (model, size, bytes) => atOnce(model, size - 1, 1, bytes / size),
  },
  {
    collective: 'scatter',
    name: 'binomial',
    messages: perRank,
    cuts: true,
    run: (channel, array) => scatterBinomial(blocksOf(channel, array)),
    formula: (model, size, bytes) => down(model, log2Ceiling(size), (span) => (bytes * span) / size),
  },
  {
    collective: 'gather',
    name: 'linear',
    messages: perRank,
    cuts: true,
    run: (channel, array) => gatherLinear(blocksOf(channel, array)),
    formula: (model, size, bytes) => atOnce(model, 0, size - 1, bytes / size),
  },
  {
    collective: 'gather',
    name: 'binomial',
    messages: perRank,
    cuts: true,
    run: (channel, array) => gatherBinomial(blocksOf(channel, array)),
    formula: (model, size, bytes) => up(model, log2Ceiling(size), (span) => (bytes * span) / size),
  },
  {
    collective: 'allgather',
    name: 'linear',
    messages: perPair,
    cuts: true,
    run: (channel, array) => allgatherLinear(blocksOf(channel, array)),
    formula: (model, size, bytes) => atOnce(model, size - 1, size - 1, bytes / size),
  },
  {
    collective: 'allgather',
    name: 'recursiveDoubling',
    messages: perStep,
    cuts: true,
    run: (channel, array) => allgatherRecursiveDoubling(blocksOf(channel, array)),
    formula: (model, size, bytes) => exchanges(model, doubling(size, bytes)),
  },
  {
    collective: 'allgather',
    name: 'bruck',
    messages: perStep,
    cuts: true,
    run: (channel, array) => allgatherBruck(listOf(channel, array)),
    formula: (model, size, bytes) => exchanges(model, doubling(size, bytes)),
  },
  {
    collective: 'allgather',
    name: 'ring',
    messages: perPair,
    cuts: true,
    run: (channel, array) => allgatherRing(blocksOf(channel, array)),
    formula: (model, size, bytes) => exchanges(model, rounds(size, bytes / size)),
  },
  {
    collective: 'alltoall',
    name: 'linear',
    messages: perPair,
    cuts: true,
    run: (channel, array) => alltoallLinear(arrayOutbox(channel, array, array)),
    formula: (model, size, bytes) => atOnce(model, size - 1, size - 1, bytes / size),
  },
  {
    collective: 'alltoall',
    name: 'pairwise',
    messages: perPair,
    cuts: true,
    run: (channel, array) => alltoallPairwise(arrayOutbox(channel, array, array)),
    formula: (model, size, bytes) => exchanges(model, rounds(size, bytes / size)),
  },
  {
    collective: 'alltoall',
    name: 'bruck',
    messages: perStep,
    cuts: true,
    run: (channel, array) => alltoallBruck(channel, new ArraySlots(channel, array)),
    formula: (model, size, bytes) => exchanges(model, steps(size, bytes / 2)),
  },
  {
    collective: 'reduce',
    name: 'binomial',
    messages: perRank,
    cuts: false,
    run: (channel, array, kernel) => reduceBinomial(channel, accumulator(channel, array, kernel), 0, true),
    formula: (model, size, bytes) => up(model, log2Ceiling(size), () => bytes, true),
  },
  {
    collective: 'reduce',
    name: 'rabenseifner',
    messages: perStep,
    cuts: true,
    run: (channel, array, kernel) => reduceRabenseifner(channel, array, kernel, 0),
    formula: (model, size, bytes) =>
      inTurn(
        exchanges(model, halving(size, bytes), true),
        up(model, log2Ceiling(size), (span) => (bytes * span) / size),
      ),
  },
  {
    collective: 'allreduce',
    name: 'recursiveDoubling',
    messages: perStep,
    cuts: false,
    run: (channel, array, kernel) => allreduceRecursiveDoubling(channel, accumulator(channel, array, kernel)),
    formula: (model, size, bytes) => exchanges(model, steps(size, bytes), true),
  },
  {
    collective: 'allreduce',
    name: 'linear',
    messages: perPair,
    cuts: false,
    run: (channel, array, kernel) => allreduceLinear(channel, accumulator(channel, array, kernel)),
    formula: (model, size, bytes) =>
      inTurn(atOnce(model, size - 1, size - 1, bytes), foldings(model, (size - 1) * bytes)),
  },
  {
    collective: 'allreduce',
    name: 'ring',
    messages: (size) => 2 * perPair(size),
    cuts: true,
    run: (channel, array, kernel) => allreduceRing(channel, array, kernel),
    formula: (model, size, bytes) =>
      inTurn(exchanges(model, rounds(size, bytes / size), true), exchanges(model, rounds(size, bytes / size))),
  },
  {
    collective: 'allreduce',
    name: 'rabenseifner',
    messages: (size) => 2 * perStep(size),
    cuts: true,
    run: (channel, array, kernel) => allreduceRabenseifner(channel, array, kernel),
    formula: (model, size, bytes) =>
      inTurn(exchanges(model, halving(size, bytes), true), exchanges(model, doubling(size, bytes))),
  },
  {
    collective: 'reduceScatter',
    name: 'ring',
    messages: perPair,
    cuts: true,
    run: (channel, array, kernel) => reduceScatterRing(channel, array, kernel, balanced(array.length, channel.size)),
    formula: (model, size, bytes) => exchanges(model, rounds(size, bytes / size), true),
  },
  {
    collective: 'reduceScatter',
    name: 'recursiveHalving',
    messages: perStep,
    cuts: true,
    run: (channel, array, kernel) =>
      reduceScatterRecursiveHalving(channel, array, kernel, balanced(array.length, channel.size)),
    formula: (model, size, bytes) => exchanges(model, halving(size, bytes), true),
  },
  {
    collective: 'scan',
    name: 'recursiveDoubling',
    messages: perStep,
    cuts: false,
    run: (channel, array, kernel) => scanRecursiveDoubling(channel, accumulator(channel, array, kernel)),
    // Ranks at the ends have less to do and run ahead, so that their messages wait for ports.
    formula: (model, size, bytes) => exchanges(model, steps(size, bytes), true),
    error: 0.2,
  },
]
