import { expect } from 'chai'
import { Supervision, type Cause } from '../../../src/p2p/supervise.ts'

/** What a watch says, once. */
function watch(supervision: Supervision, limits: Parameters<Supervision['supervise']>[0]): Promise<Cause> {
  return new Promise((resolve) => supervision.supervise(limits, resolve))
}

describe('supervision', () => {
  it('is there while a watch is neither stopped nor over, however often it is stopped', async () => {
    const supervision = new Supervision()
    expect(supervision.isAny).to.equal(false)
    const fired = watch(supervision, { timeout: 1 })
    const stop = supervision.supervise({ timeout: 60_000, signal: new AbortController().signal }, () => {})
    await fired
    expect(supervision.isAny).to.equal(true)
    stop()
    stop()
    expect(supervision.isAny).to.equal(false)
    supervision.supervise({ timeout: 60_000 }, () => {})()
    expect(supervision.isAny).to.equal(false)
  })

  it('ends what waits by the timeout or the signal, whichever is first, and only once', async () => {
    const supervision = new Supervision()
    expect(await watch(supervision, { timeout: 1, signal: new AbortController().signal })).to.deep.equal({
      code: 'ERR_TIMEOUT',
      text: 'timed out after 1 ms',
    })
    const controller = new AbortController()
    const causes: Cause[] = []
    supervision.supervise({ timeout: 60_000, signal: controller.signal }, (cause) => causes.push(cause))
    controller.abort('enough')
    expect(causes).to.deep.equal([{ code: 'ERR_ABORTED', text: 'was aborted', reason: 'enough' }])
    expect(supervision.isAny).to.equal(false)
  })

  it('sees a signal that has fired already, but not within the call', async () => {
    const supervision = new Supervision()
    let isCalled = false
    const aborted = watch(supervision, { signal: AbortSignal.abort('before') }).then((cause) => {
      isCalled = true
      return cause
    })
    expect(isCalled).to.equal(false)
    expect((await aborted).reason).to.equal('before')
    expect(supervision.isAny).to.equal(false)
  })

  it('counts the time from when several operations began that share it', async () => {
    const cause = await watch(new Supervision(), { timeout: 60_000, deadline: performance.now() - 1 })
    expect(cause.text).to.equal('timed out after 60000 ms')
  })
})
