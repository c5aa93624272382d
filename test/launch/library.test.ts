import { expect } from 'chai'
import { launch } from '../../src/launcher/index.ts'
import { program } from '../support/zmpirun.ts'

async function rejection(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('resolved')
}

describe('launch', () => {
  it('resolves with exit code, output and the end of each rank', async () => {
    const { exitCode, stdout, stderr, ranks } = await launch({
      ranks: 2,
      oversubscribe: true,
      program: 'sh',
      arguments: ['-c', 'echo out; echo err >&2'],
    })
    expect(exitCode).to.equal(0)
    expect(stdout.split('\n').toSorted()).to.deep.equal(['', '[0] out', '[1] out'])
    expect(stderr.split('\n').toSorted()).to.deep.equal(['', '[0] err', '[1] err'])
    expect(ranks.map(({ rank, code, signal }) => ({ rank, code, signal }))).to.deep.equal([
      { rank: 0, code: 0, signal: undefined },
      { rank: 1, code: 0, signal: undefined },
    ])
  })

  it('resolves too when the job fails', async () => {
    const settings = { ranks: 2, oversubscribe: true, program: program('exit.mjs'), arguments: ['wait', '6'] }
    const { exitCode, stderr, ranks } = await launch(settings)
    expect(exitCode).to.equal(6)
    expect(stderr).to.match(/^zmpirun: rank 1 /)
    expect(ranks[0]?.signal).to.equal('SIGTERM')
  })

  it('passes input and environment', async () => {
    const { stdout } = await launch({
      ranks: 1,
      program: 'sh',
      arguments: ['-c', 'echo $ADDED; cat'],
      environment: { ADDED: 'yes' },
      input: 'given\n',
    })
    expect(stdout).to.equal('yes\ngiven\n')
  })

  it('runs several jobs at once', async () => {
    const words = ['one', 'two', 'three']
    const results = await Promise.all(words.map((word) => launch({ ranks: 1, program: 'echo', arguments: [word] })))
    expect(results.map(({ stdout }) => stdout)).to.deep.equal(['one\n', 'two\n', 'three\n'])
  })

  it('rejects with the reason of the signal that ended it', async () => {
    const controller = new AbortController()
    const job = launch({ ranks: 1, program: 'sleep', arguments: ['1000'], signal: controller.signal })
    const reason = new Error('not needed any more')
    setImmediate(() => controller.abort(reason))
    expect(await rejection(job)).to.equal(reason)
  })

  it('leaves no listener in its process', async () => {
    const count = () => ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'].map((name) => process.listenerCount(name))
    const before = count()
    await launch({ ranks: 1, program: 'true', handleSignals: true })
    expect(count()).to.deep.equal(before)
  })

  it('rejects what is not legal, naming it', async () => {
    expect(await rejection(launch({ program: '' }))).to.be.instanceOf(TypeError)
    for (const ranks of [0, -1, 1.5, NaN])
      expect(await rejection(launch({ program: 'true', ranks })))
        .to.be.instanceOf(RangeError)
        .with.property('message')
        .that.includes(`ranks is ${ranks}`)
    expect(await rejection(launch({ program: 'true', timeout: -1 }))).to.be.instanceOf(RangeError)
    const words = [7] as unknown as string[]
    expect(await rejection(launch({ program: 'true', arguments: words }))).to.be.instanceOf(TypeError)
    expect((await rejection(launch({ program: './no-such.mjs' }))).code).to.equal('ERR_LAUNCH')
  })
})
