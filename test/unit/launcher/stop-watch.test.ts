import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { isProcessStopped, StopWatch } from '../../../src/launcher/stop-watch.ts'

describe('StopWatch', () => {
  let told: [number, boolean][]
  let stopped: Set<number>
  let watch: StopWatch

  beforeEach(() => {
    told = []
    stopped = new Set()
    watch = new StopWatch(
      (rank, isStopped) => told.push([rank, isStopped]),
      (pid) => stopped.has(pid),
    )
    watch.add(0, 100)
    watch.add(1, 101)
  })
  afterEach(() => {
    watch.remove(0)
    watch.remove(1)
  })

  it('tells once that a rank has been stopped, and once that it goes on', () => {
    stopped.add(101)
    for (let look = 0; look < 3; look++) watch.look()
    expect(told).to.deep.equal([[1, true]])
    stopped.clear()
    for (let look = 0; look < 3; look++) watch.look()
    expect(told).to.deep.equal([
      [1, true],
      [1, false],
    ])
  })

  it('says nothing of ranks that are stopped on purpose', () => {
    watch.pause(true)
    stopped.add(100).add(101)
    watch.look()
    stopped.clear()
    watch.pause(false)
    watch.look()
    expect(told).to.deep.equal([])
  })

  it('forgets who has ended', () => {
    watch.remove(1)
    stopped.add(101)
    watch.look()
    expect(told).to.deep.equal([])
  })
})

describe('isProcessStopped', () => {
  it('tells a process that a signal has stopped from one that runs, and from none', async () => {
    const child = spawn('sh', ['-c', 'kill -STOP $$'], { stdio: 'ignore' })
    const pid = child.pid ?? 0
    while (!isProcessStopped(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGCONT')
    await once(child, 'exit')
    expect(isProcessStopped(pid)).to.equal(false)
    expect(isProcessStopped(process.pid)).to.equal(false)
  })
})
