import { expect } from 'chai'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { Waiting } from '../../../src/transport/waiting.ts'
import type { WaitingOptions } from '../../../src/transport/waiting.ts'

/** What waits is told by tests what there is to poll, and notes how it was called. */
class Script {
  polls = 0
  yields = 0
  sleeping = false
  sleeps = 0
  /** Polls left until one of them finds something. */
  foundAfter = Infinity
  onYield: () => void = () => {}
  /** Called when something is found. */
  found: () => void = () => {}
  /** Whether something comes while it lies down. */
  disturbed = false
  readonly waiting: Waiting

  constructor(options: Partial<WaitingOptions> = {}) {
    this.waiting = new Waiting(
      {
        poll: () => {
          this.polls++
          if (this.foundAfter-- > 0) return false
          this.foundAfter = Infinity
          this.found()
          return true
        },
        sleep: () => {
          this.sleeps++
          if (this.disturbed) {
            this.disturbed = false
            this.found()
            return false
          }
          this.sleeping = true
          return true
        },
        wake: () => {
          this.sleeping = false
        },
        yield: () => {
          this.yields++
          this.onYield()
        },
      },
      { spin: 200, crowded: false, ...options },
    )
  }

  async asleep(): Promise<void> {
    while (!this.sleeping) await turn()
  }
}

describe('waiting', () => {
  it('polls neither before nor inside listen, but in the microtask after it', async () => {
    const script = new Script()
    script.foundAfter = 0
    script.found = () => script.waiting.listen(false)
    script.waiting.listen(true)
    expect(script.polls).to.equal(0)
    await Promise.resolve()
    expect(script.polls).to.equal(1)
    await turn()
    expect(script.polls).to.equal(1)
  })

  it('lets whoever waited run before it polls again', async () => {
    const script = new Script()
    let pollsAtResume = -1
    const arrived = new Promise<void>((resolve) => {
      script.foundAfter = 3
      script.found = resolve
    })
    script.waiting.listen(true)
    await arrived
    pollsAtResume = script.polls
    script.waiting.listen(false)
    expect(pollsAtResume).to.equal(4)
  })

  it('does nothing when listening ended in the same tick, and starts again', async () => {
    const script = new Script()
    script.waiting.listen(true)
    script.waiting.listen(false)
    await turn()
    expect(script.polls).to.equal(0)
    script.foundAfter = 0
    script.found = () => script.waiting.listen(false)
    script.waiting.listen(true)
    await turn()
    expect(script.polls).to.equal(1)
  })

  it('sleeps when nothing comes, wakes for the bell, and sleeps again', async () => {
    const script = new Script()
    script.waiting.listen(true)
    await script.asleep()
    const { polls } = script
    await sleep(2)
    expect(script.polls).to.equal(polls)
    script.foundAfter = 0
    script.waiting.rung()
    expect([script.sleeping, script.polls]).to.deep.equal([false, polls + 1])
    await script.asleep()
    script.waiting.listen(false)
    expect(script.sleeping).to.equal(false)
  })

  it('looks once and sleeps at once when it shall not spin', async () => {
    const script = new Script({ spin: 0, crowded: true })
    script.waiting.listen(true)
    await Promise.resolve()
    expect(script.sleeping).to.equal(true)
    expect(script.polls).to.be.lessThan(10)
    script.waiting.listen(false)
  })

  it('stays awake when something comes while it lies down', async () => {
    const script = new Script({ spin: 0 })
    script.disturbed = true
    let found = 0
    script.found = () => found++
    script.waiting.listen(true)
    await script.asleep()
    expect([found, script.sleeps]).to.deep.equal([1, 2])
    script.waiting.listen(false)
  })

  it('ignores the bell when it does not sleep', async () => {
    const script = new Script()
    script.waiting.rung()
    expect(script.polls).to.equal(0)
    script.waiting.listen(true)
    script.waiting.rung()
    expect(script.polls).to.equal(0)
    script.waiting.listen(false)
    await turn()
  })

  it('gives the core away at every look when processes outnumber cores', async () => {
    const script = new Script({ crowded: true })
    script.waiting.listen(true)
    await script.asleep()
    expect(script.yields).to.equal(script.polls)
    script.waiting.listen(false)
  })

  it('sleeps where others take most of the core: looks that were given away took long', async () => {
    const script = new Script({ spin: 1e9 })
    let time = performance.now()
    performance.now = () => time
    try {
      script.onYield = () => (time += 2)
      script.waiting.listen(true)
      await script.asleep()
    } finally {
      // Its prototype has the real one.
      Reflect.deleteProperty(performance, 'now')
    }
    // Of each 2 ms at least 1.5 count; more than 8 are not tolerated.
    expect(script.yields).to.be.within(2, 6)
    script.waiting.listen(false)
  })

  it('lets the event loop turn although something is found at every look', async () => {
    const script = new Script()
    script.foundAfter = 0
    script.found = () => {
      script.foundAfter = 0
    }
    script.waiting.listen(true)
    await sleep(1)
    await turn()
    script.waiting.listen(false)
    expect(script.polls).to.be.greaterThan(0)
  })
})
