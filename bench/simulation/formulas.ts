/**
 * What an algorithm costs under the model, by arithmetic: for more ranks than can be simulated, when their number is a
 * power of two. For as many as can be, a test holds the two against each other.
 */
import type { Cost, Model } from './model.ts'

/** Steps in which all ranks at once send and receive this many bytes, and perhaps fold what they got. */
export function exchanges(model: Model, sizes: readonly number[], folds = false): Cost {
  const { latency, overhead, bandwidth, reduce } = model
  let bytes = 0
  let seconds = 0
  for (const size of sizes) {
    bytes += size
    seconds += 2 * overhead + latency + size / bandwidth + (folds ? size * reduce : 0)
  }
  return { steps: sizes.length, bytes, seconds }
}

/** One after the other. */
export function inTurn(...costs: readonly Cost[]): Cost {
  const sum = (pick: (cost: Cost) => number): number => costs.reduce((total, cost) => total + pick(cost), 0)
  return { steps: sum((cost) => cost.steps), bytes: sum((cost) => cost.bytes), seconds: sum((cost) => cost.seconds) }
}

/** Folding so many bytes. */
export function foldings(model: Model, bytes: number): Cost {
  return { steps: 0, bytes: 0, seconds: bytes * model.reduce }
}

/** Down a binomial tree of 2^depth ranks; `bytesFor(span)` go to a subtree of that many ranks, the largest first. */
export function down(model: Model, depth: number, bytesFor: (span: number) => number): Cost {
  const { latency, overhead, bandwidth } = model
  let processor = 0
  let outgoing = 0
  let bytes = 0
  let seconds = 0
  for (let below = depth - 1; below >= 0; below--) {
    const size = bytesFor(2 ** below)
    bytes += size
    processor += overhead
    const start = Math.max(processor, outgoing)
    outgoing = start + size / bandwidth
    const arrival = start + latency + size / bandwidth + overhead
    seconds = Math.max(seconds, outgoing, arrival + down(model, below, bytesFor).seconds)
  }
  return { steps: depth, bytes, seconds }
}

/** Up a binomial tree, the nearest child first; a node folds what it gets, child by child, or only keeps it. */
export function up(model: Model, depth: number, bytesFor: (span: number) => number, folds = false): Cost {
  const { latency, overhead, bandwidth, reduce } = model
  let processor = 0
  let incoming = 0
  for (let below = 0; below < depth; below++) {
    const size = bytesFor(2 ** below)
    const head = up(model, below, bytesFor, folds).seconds + overhead + latency
    incoming = Math.max(head, incoming) + size / bandwidth
    processor = Math.max(processor, incoming) + overhead + (folds ? size * reduce : 0)
  }
  return { steps: depth, bytes: depth === 0 ? 0 : bytesFor(2 ** (depth - 1)), seconds: processor }
}

/** All messages at once: every rank sends one to each of `sends` others and gets one from each of `receives` others. */
export function atOnce(model: Model, sends: number, receives: number, size: number): Cost {
  const { latency, overhead, bandwidth } = model
  const starts: number[] = []
  let outgoing = 0
  for (let message = 1; message <= Math.max(sends, 1); message++) {
    const start = Math.max(message * overhead, outgoing)
    outgoing = start + size / bandwidth
    starts.push(start)
  }
  let processor = receives > 1 ? sends * overhead : 0
  let incoming = 0
  let seconds = outgoing
  for (let message = 0; message < Math.max(receives, sends); message++) {
    const start = starts[Math.min(message, starts.length - 1)] ?? 0
    if (receives > 1) incoming = Math.max(start + latency, incoming) + size / bandwidth
    else incoming = start + latency + size / bandwidth
    processor = (receives > 1 ? Math.max(processor, incoming) : incoming) + overhead
    seconds = Math.max(seconds, processor)
  }
  return { steps: 1, bytes: Math.max(sends, 1) * size, seconds }
}

/** Segments one behind the other from rank to rank, each rank receiving one while it sends the one before. */
export function pipeline(model: Model, size: number, bytes: number, segmentBytes: number): Cost {
  const { latency, overhead, bandwidth } = model
  const segments = Math.max(1, Math.ceil(bytes / segmentBytes))
  const carry = bytes / segments / bandwidth
  const hop = 2 * overhead + latency + carry
  const period = Math.max(overhead + carry, size > 2 ? 2 * overhead : overhead)
  return { steps: size - 1, bytes, seconds: (size - 1) * hop + (segments - 1) * period }
}
