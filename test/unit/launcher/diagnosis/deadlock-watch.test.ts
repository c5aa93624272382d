import { expect } from 'chai'
import { DeadlockWatch } from '../../../../src/launcher/diagnosis/deadlock-watch.ts'
import type { Missing } from '../../../../src/launcher/diagnosis/evidence.ts'
import type { States } from '../../../../src/launcher/diagnosis/wait-graph.ts'
import { receiveFrom, state, states } from './states.ts'

describe('DeadlockWatch', () => {
  let asked: boolean[]
  let found: States[]
  let live: number[]
  let nudged: [number, readonly number[]][]
  let lost: readonly Missing[]
  let now: number

  /** `answers`: what the ranks say in each round. */
  function watch(...answers: States[]): DeadlockWatch {
    asked = []
    found = []
    live = [0, 1]
    nudged = []
    lost = []
    now = 0
    return new DeadlockWatch({
      live: () => live,
      ask: async (_, exact) => {
        asked.push(exact)
        return answers.shift() ?? states()
      },
      found: (all) => found.push(all),
      lost: (losses) => (lost = losses),
      nudge: (rank, peers) => nudged.push([rank, peers]),
      silence: 2,
      now: () => now,
    })
  }

  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const waits = (fields = {}) => state([receiveFrom(0)], fields)
  const still = (): States => states(waits(), waits())

  it('asks when all live ranks say that they are blocked, twice, and then is sure', async () => {
    const watching = watch(still(), still())
    watching.blocked(0)
    expect(asked).to.deep.equal([])
    watching.blocked(1)
    await settled()
    expect(asked).to.deep.equal([true, false])
    expect(found).to.have.length(1)
  })

  it('asks when the last rank that was not blocked has ended', async () => {
    const watching = watch(states(waits()), states(waits()))
    watching.blocked(0)
    live = [0]
    watching.consider()
    await settled()
    expect(found).to.have.length(1)
  })

  it('does not ask while one is running again', async () => {
    const watching = watch(still(), still())
    watching.blocked(0)
    watching.running(0)
    watching.blocked(1)
    await settled()
    expect(asked).to.deep.equal([])
  })

  it('accuses nobody when something has happened between the rounds', async () => {
    const watching = watch(still(), states(waits(), waits({ progress: 8 })))
    watching.blocked(0)
    watching.blocked(1)
    await settled()
    expect(found).to.deep.equal([])
    watching.stop()
  })

  it('accuses nobody when one says that it is not blocked, and asks again when it is', async () => {
    const watching = watch(states(waits(), waits({ blocked: false })), still(), still())
    watching.blocked(0)
    watching.blocked(1)
    await settled()
    expect(asked).to.deep.equal([true])
    watching.blocked(1)
    await settled()
    expect(found).to.have.length(1)
  })

  it('accuses nobody when a rank has left, or one does not answer', async () => {
    const watching = watch(states(waits()), still())
    watching.blocked(0)
    watching.blocked(1)
    await settled()
    expect(asked).to.deep.equal([true])
    expect(found).to.deep.equal([])
    watching.stop()
  })

  it('asks for a sign where packets are missing, and finds them lost when nothing has come for long enough', async () => {
    // Packets 3 and 4 from rank 0 to rank 1, and later the one that was asked for.
    const missing = (sent: number): States =>
      states(waits({ packets: [[1, sent, 9]] }), waits({ packets: [[0, 9, 3]] }))
    const watching = watch(missing(5), missing(5), missing(6), missing(6), missing(6))
    for (let round = 0; round < 5; round++) {
      for (const rank of live) watching.blocked(rank)
      watching.consider()
      await settled()
      now += 500
      expect(nudged).to.deep.equal(round < 1 ? [] : [[0, [1]]])
    }
    expect(found).to.deep.equal([])
    expect(lost.map(({ source, destination, packets }) => [source, destination, packets])).to.deep.equal([[0, 1, 2]])
  })

  it('is silent once it is stopped', async () => {
    const watching = watch(still(), still())
    watching.blocked(0)
    watching.blocked(1)
    watching.stop()
    await settled()
    expect(found).to.deep.equal([])
  })
})
