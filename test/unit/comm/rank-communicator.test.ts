/** A communicator shows its public API and nothing else: so do completion in a REPL, `console.log` and the documentation. */
import { expect } from 'chai'
import type { CartesianCommunicator, Communicator } from '../../../src/comm/communicator.ts'
import { makeJob, type TestJob } from '../../support/job.ts'
import { overMemory } from '../../support/networks.ts'

type NamesOf<T> = Record<Extract<keyof T, string>, true>

const FIELDS = ['rank', 'size', 'name']

/** The compiler checks that these are the names of the interface, all and no others. */
const API: NamesOf<Communicator> = {
  rank: true,
  size: true,
  name: true,
  send: true,
  receive: true,
  receiveMessage: true,
  receiveInto: true,
  sendReceive: true,
  probe: true,
  iprobe: true,
  messages: true,
  barrier: true,
  broadcast: true,
  scatter: true,
  gather: true,
  allgather: true,
  alltoall: true,
  reduce: true,
  allreduce: true,
  reduceScatter: true,
  scan: true,
  exclusiveScan: true,
  broadcastInto: true,
  reduceInto: true,
  allreduceInto: true,
  gatherInto: true,
  scatterInto: true,
  allgatherInto: true,
  alltoallInto: true,
  duplicate: true,
  split: true,
  splitByHost: true,
  subset: true,
  cartesian: true,
  free: true,
  abort: true,
}

const GRID: NamesOf<Omit<CartesianCommunicator, keyof Communicator>> = {
  dimensions: true,
  periodic: true,
  coordinates: true,
  rankAt: true,
  coordinatesOf: true,
  shift: true,
}

/** What an object shows, itself and by its prototypes, apart from what every object does. */
function namesOf(object: object): (string | symbol)[] {
  const names = new Set<string | symbol>()
  for (let part: object | null = object; part !== null && part !== Object.prototype; part = Object.getPrototypeOf(part))
    for (const name of Reflect.ownKeys(part)) if (name !== 'constructor') names.add(name)
  return [...names]
}

describe('what a communicator shows', () => {
  let job: TestJob | undefined

  afterEach(async () => {
    await job?.close()
    job = undefined
  })

  it('is exactly its public API, before and after it was used', async () => {
    job = await makeJob(1, overMemory({}))
    const world = job.ranks[0] as Communicator
    const names = [...Object.keys(API), Symbol.asyncDispose]
    expect(namesOf(world)).to.have.members(names)
    expect(Object.keys(world)).to.have.members(FIELDS)
    await world.barrier()
    const duplicate = await world.duplicate()
    for (const comm of [world, duplicate]) expect(namesOf(comm)).to.have.members(names)
    await duplicate.free()
  })

  it('is that of a grid too, when it is one', async () => {
    job = await makeJob(1, overMemory({}))
    const world = job.ranks[0] as Communicator
    const grid = (await world.cartesian([1])) as CartesianCommunicator
    expect(namesOf(grid)).to.have.members([...Object.keys(API), ...Object.keys(GRID), Symbol.asyncDispose])
    await grid.free()
  })
})
