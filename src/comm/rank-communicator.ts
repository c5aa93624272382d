/** A communicator: point to point, the collectives, and new communicators out of this one. */
import { hostname } from 'node:os'
import type { Channel } from '../collectives/channel.ts'
import { Op } from '../collectives/op.ts'
import type { Call } from '../collectives/signature.ts'
import type { TypedArray } from '../wire/element-type.ts'
import { checkOptions } from './arguments.ts'
import { CollectiveCalls } from './collective-calls.ts'
import type { CartesianCommunicator, CollectiveOptions, Communicator, CountsOptions } from './communicator.ts'
import { Context, type Process } from './context.ts'
import { gridOf } from './grid.ts'
import { Group } from './group.ts'
import { PointToPoint } from './point-to-point.ts'
import { members, splitGroups, type Choice } from './splitting.ts'

export class RankCommunicator extends PointToPoint implements Communicator {
  readonly #context: Context
  readonly #process: Process
  readonly #calls: CollectiveCalls
  #hosts: readonly number[] | undefined = undefined

  /** `context` is the number of its messages; it has the next one too. */
  constructor(process: Process, group: Group, context: number, name: string) {
    const own = new Context(process, group, context, name)
    super(own)
    this.#context = own
    this.#process = process
    this.#calls = new CollectiveCalls(own)
  }

  barrier(options?: CollectiveOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('barrier', undefined, undefined, undefined, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'barrier' }, options, (channel, { barrier }) =>
      barrier(channel, this.#hostsOfRanks(), this.#process.algorithms),
    )
  }

  broadcast<T>(value: T | undefined, root = 0, options?: CollectiveOptions): Promise<T> {
    return this.#calls.run({ operation: 'broadcast', root }, options, (channel, { broadcast }) =>
      broadcast(channel, value, root, this.#process.algorithms),
    )
  }

  scatter<A extends TypedArray>(values: A | undefined, root?: number, options?: CountsOptions): Promise<A>
  scatter<T>(values: readonly T[] | undefined, root?: number, options?: CollectiveOptions): Promise<T>
  scatter(values: readonly unknown[] | TypedArray | undefined, root = 0, options?: CountsOptions): Promise<unknown> {
    const repeated = this.#calls.repeat('scatter', root, undefined, undefined, options, values)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'scatter', root }, options, (channel, { scatter }) =>
      scatter(channel, values, root, options?.counts, this.#process.algorithms),
    )
  }

  gather<T>(value: T, root = 0, options?: CollectiveOptions): Promise<T[] | undefined> {
    const repeated = this.#calls.repeat<T[] | undefined>('gather', root, undefined, undefined, options, value)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'gather', root }, options, (channel, { gather }) =>
      gather(channel, value, root, this.#process.algorithms),
    )
  }

  allgather<T>(value: T, options?: CollectiveOptions): Promise<T[]> {
    return this.#calls.run({ operation: 'allgather' }, options, (channel, { allgather }) =>
      allgather(channel, value, this.#process.algorithms),
    )
  }

  alltoall<T>(values: readonly T[], options?: CollectiveOptions): Promise<T[]> {
    return this.#calls.run({ operation: 'alltoall' }, options, (channel, { alltoall }) =>
      alltoall(channel, values, this.#process.algorithms),
    )
  }

  reduce<T>(value: T, op: Op<NoInfer<T>>, root = 0, options?: CollectiveOptions): Promise<T | undefined> {
    const repeated = this.#calls.repeat<T | undefined>('reduce', root, op, value, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'reduce', root, op, value }, options, (channel, { reduce }) =>
      reduce(channel, value, op, root, this.#process.algorithms),
    )
  }

  allreduce<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T> {
    const repeated = this.#calls.repeat<T>('allreduce', undefined, op, value, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'allreduce', op, value }, options, (channel, { allreduce }) =>
      allreduce(channel, value, op, this.#process.algorithms),
    )
  }

  reduceScatter<A extends TypedArray>(value: A, op: Op<NoInfer<A>>, options?: CountsOptions): Promise<A> {
    return this.#calls.run(
      { operation: 'reduceScatter', op, value, counts: options?.counts },
      options,
      (channel, { reduceScatter }) => reduceScatter(channel, value, op, options?.counts, this.#process.algorithms),
    )
  }

  scan<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T> {
    return this.#calls.run({ operation: 'scan', op, value }, options, (channel, { scan }) => scan(channel, value, op))
  }

  exclusiveScan<T>(value: T, op: Op<NoInfer<T>>, options?: CollectiveOptions): Promise<T | undefined> {
    return this.#calls.run({ operation: 'exclusiveScan', op, value }, options, (channel, { exclusiveScan }) =>
      exclusiveScan(channel, value, op),
    )
  }

  broadcastInto(target: TypedArray, root = 0, options?: CollectiveOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('broadcastInto', root, undefined, target, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'broadcastInto', root, value: target }, options, (channel, { broadcastInto }) =>
      broadcastInto(channel, target, root, this.#process.algorithms),
    )
  }

  reduceInto<A extends TypedArray>(
    target: A,
    op: Op<NoInfer<A>>,
    root = 0,
    options?: CollectiveOptions,
  ): Promise<void> {
    const repeated = this.#calls.repeat<void>('reduceInto', root, op, target, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'reduceInto', root, op, value: target }, options, (channel, { reduceInto }) =>
      reduceInto(channel, target, op, root, this.#process.algorithms),
    )
  }

  allreduceInto<A extends TypedArray>(target: A, op: Op<NoInfer<A>>, options?: CollectiveOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('allreduceInto', undefined, op, target, options)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'allreduceInto', op, value: target }, options, (channel, { allreduceInto }) =>
      allreduceInto(channel, target, op, this.#process.algorithms),
    )
  }

  gatherInto(target: TypedArray | undefined, value: TypedArray, root = 0, options?: CountsOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('gatherInto', root, undefined, value, options, target)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'gatherInto', root, value }, options, (channel, { gatherInto }) =>
      gatherInto(channel, target, value, root, options?.counts, this.#process.algorithms),
    )
  }

  scatterInto(target: TypedArray, values: TypedArray | undefined, root = 0, options?: CountsOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('scatterInto', root, undefined, target, options, values)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'scatterInto', root, value: target }, options, (channel, { scatterInto }) =>
      scatterInto(channel, target, values, root, options?.counts, this.#process.algorithms),
    )
  }

  allgatherInto(target: TypedArray, value: TypedArray, options?: CountsOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('allgatherInto', undefined, undefined, target, options, value)
    if (repeated !== undefined) return repeated
    return this.#calls.run(
      { operation: 'allgatherInto', value: target, counts: options?.counts },
      options,
      (channel, { allgatherInto }) => allgatherInto(channel, target, value, options?.counts, this.#process.algorithms),
    )
  }

  alltoallInto(target: TypedArray, values: TypedArray, options?: CollectiveOptions): Promise<void> {
    const repeated = this.#calls.repeat<void>('alltoallInto', undefined, undefined, target, options, values)
    if (repeated !== undefined) return repeated
    return this.#calls.run({ operation: 'alltoallInto', value: target }, options, (channel, { alltoallInto }) =>
      alltoallInto(channel, target, values, this.#process.algorithms),
    )
  }

  async duplicate(): Promise<Communicator> {
    const context = await this.#agree({ operation: 'duplicate' }, this.#context.group)
    return this.#make(this.#context.group, context ?? 0, `${this.name}.duplicate`)
  }

  async split(color: number | undefined, key = 0): Promise<Communicator | undefined> {
    if (color !== undefined && !Number.isSafeInteger(color))
      throw new RangeError(`color is ${String(color)}; legal: an integer, or undefined to stay out`)
    if (!Number.isFinite(key)) throw new RangeError(`key is ${String(key)}; legal: a number`)
    const choices = await this.#calls.run({ operation: 'split' }, undefined, (channel, { allgather }) =>
      allgather<Choice>(channel, { color, key, context: this.#chooseContext(channel) }),
    )
    const { context, ranks } = splitGroups(choices, this.rank)
    if (ranks === undefined) return undefined
    return this.#make(this.#groupOf(ranks), context, `${this.name}.split(${color})`)
  }

  async splitByHost(): Promise<Communicator> {
    const host = hostname()
    const hosts = await this.#calls.run({ operation: 'splitByHost' }, undefined, (channel, { allgather }) =>
      allgather(channel, { host, context: this.#chooseContext(channel) }),
    )
    const context = hosts[0]?.context ?? 0
    const ranks = hosts.flatMap((entry, rank) => (entry.host === host ? [rank] : []))
    return this.#make(this.#groupOf(ranks), context, `${this.name}.splitByHost(${host})`)
  }

  async subset(ranks: readonly number[]): Promise<Communicator | undefined> {
    const group = this.#groupOf(members(ranks, this.size))
    const context = await this.#agree({ operation: 'subset', ranks: [...ranks] }, group)
    if (context === undefined) return undefined
    return this.#make(group, context, `${this.name}.subset(${ranks.join(',')})`)
  }

  async cartesian(
    dimensions: readonly number[],
    options: { periodic?: boolean | readonly boolean[] } = {},
  ): Promise<CartesianCommunicator | undefined> {
    checkOptions(options)
    const grid = gridOf(dimensions, options.periodic ?? false, this.size)
    const group = this.#groupOf(Array.from({ length: grid.size }, (_, rank) => rank))
    const context = await this.#agree({ operation: 'cartesian', grid }, group)
    if (context === undefined) return undefined
    const comm = this.#make(group, context, `${this.name}.cartesian(${dimensions.join('×')})`)
    return Object.assign(comm, {
      dimensions: grid.dimensions,
      periodic: grid.periodic,
      coordinates: grid.coordinatesOf(comm.rank),
      rankAt: (coordinates: readonly number[]) => grid.rankAt(coordinates),
      coordinatesOf: (rank: number) => grid.coordinatesOf(rank),
      shift: (dimension: number, displacement = 1) => grid.shift(comm.rank, dimension, displacement),
    })
  }

  async free(): Promise<void> {
    this.#context.free()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#context.isPermanent) await this.free()
  }

  #hostsOfRanks(): readonly number[] | undefined {
    const { hosts } = this.#process
    return (this.#hosts ??= hosts && this.#context.processes.map((process) => hosts[process] ?? -1))
  }

  /**
   * Agrees with the members of `group` on the context of a new communicator; undefined for others, who do not wait, but
   * have called it all the same.
   */
  async #agree(call: Call, group: Group): Promise<number | undefined> {
    const isMember = group.rankOf(this.#process.rank) >= 0
    return await this.#calls.run(
      call,
      undefined,
      async (channel, { allreduce }) =>
        isMember ? await allreduce(channel, this.#chooseContext(channel), Op.max) : undefined,
      group,
    )
  }

  /** The first rank chooses the context of a new communicator; the others hear of it. */
  #chooseContext({ rank }: Channel): number {
    return rank === 0 ? this.#process.contexts.choose() : 0
  }

  #groupOf(ranks: readonly number[]): Group {
    return new Group(ranks.map((rank) => this.#context.group.processOf(rank)))
  }

  #make(group: Group, context: number, name: string): RankCommunicator {
    return new RankCommunicator(this.#process, group, context, name)
  }
}
