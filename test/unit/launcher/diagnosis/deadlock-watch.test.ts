import { expect } from 'chai'
import { DeadlockWatch } from '../../../../src/launcher/diagnosis/deadlock-watch.ts'
import type { States } from '../../../../src/launcher/diagnosis/wait-graph.ts'
import { receiveFrom, state, states } from './states.ts'

describe('DeadlockWatch', () => {
  let asked: boolean[]
  let found: States[]
  let live: number[]

  /** `answers`: what the ranks say in each round. */
  function watch(...answers: States[]): DeadlockWatch {
    asked = []
    found = []
    live = [0, 1]
    return new DeadlockWatch({
      live: () => live,
      ask: async (_, exact) => {
        asked.push(exact)
        return answers.shift() ?? states()
      },
      found: (all) => found.push(all),
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

  it('is silent once it is stopped', async () => {
    const watching = watch(still(), still())
    watching.blocked(0)
    watching.blocked(1)
    watching.stop()
    await settled()
    expect(found).to.deep.equal([])
  })
})
