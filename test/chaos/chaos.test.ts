import { expect } from 'chai'
import { Random } from '../support/random.ts'
import { generate } from './generate.ts'
import { MEMORY_LENGTHS, runOverMemory } from './over-memory.ts'
import { PROCESS_LENGTHS, runOverProcesses } from './over-processes.ts'
import type { Program } from './program.ts'

/** `npm run chaos` is the long form of this. */
describe('random programs see nothing but what MPI allows, and are stuck exactly when the model is,', function () {
  this.timeout(120_000)

  it('over a network that delays and reorders', async () => {
    const random = new Random(6)
    const seen = { stuck: 0, well: 0 }
    for (let round = 0; round < 60; round++) {
      const program = generate(random.word(), { ranks: 6, steps: 20, lengths: MEMORY_LENGTHS, deaths: false })
      const { problem, isStuck } = await runOverMemory(program)
      expect(problem, `npm run chaos -- --program ${program.seed} --over memory`).to.equal(undefined)
      if (isStuck) seen.stuck++
      else seen.well++
    }
    expect(seen.stuck).to.be.above(5)
    expect(seen.well).to.be.above(20)
  })

  const programs: readonly [string, 'shm' | 'zmq', number][] = [
    ['that runs to its end, through shared memory', 'shm', 11],
    ['that gets stuck, through ZeroMQ', 'zmq', 6],
    ['in which a rank dies, through shared memory', 'shm', 25],
  ]
  for (const [what, transport, seed] of programs)
    it(`between processes: one ${what}`, async () => {
      const program: Program = generate(seed, { ranks: 6, steps: 20, lengths: PROCESS_LENGTHS, deaths: true })
      const { problem } = await runOverProcesses(program, transport)
      expect(problem, `npm run chaos -- --program ${seed} --over ${transport}`).to.equal(undefined)
    })
})
