import { expect } from 'chai'
import { program, Run, zmpirun } from '../support/zmpirun.ts'

const exit = (...deeds: string[]) => ['-n', String(deeds.length), program('exit.mjs'), ...deeds]

function times(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('the first failure', () => {
  for (const [deed, message] of [
    ['throw', 'thrown on purpose'],
    ['reject', 'rejected on purpose'],
  ] as const)
    it(`S63 of a rank that ends by ${deed} is told with its stack, once`, async () => {
      const { code, stdout, stderr } = await zmpirun(exit('wait', deed, 'wait'))
      expect(code).to.equal(1)
      expect(times(stdout + stderr, `Error: ${message}`)).to.equal(1)
      expect(stderr).to.match(new RegExp(`\\| Error: ${message}\\n {2}\\| {5}at .*exit\\.mjs:\\d+:\\d+`))
      expect(stderr).not.to.include('\0')
    })

  it('is told once when all ranks throw', async () => {
    const { stdout, stderr } = await zmpirun(exit('throw', 'throw', 'throw'))
    expect(times(stdout + stderr, 'Error: thrown on purpose')).to.equal(1)
  })

  it('shows the last lines that the rank wrote to stderr', async () => {
    const { stderr } = await zmpirun(['-n', '1', 'sh', '-c', 'echo the disk is full >&2; exit 9'])
    expect(stderr).to.include('| the disk is full\n')
  })

  it('comes at once, not when the others have ended', async () => {
    const run = new Run(['--kill-grace', '60', '-n', '2', 'sh', '-c', script])
    await run.until(/zmpirun: rank 0 .* exited with code 3/)
    expect(run.processes().length).to.be.greaterThan(1)
    run.kill('SIGINT')
    expect((await run.ended).code).to.equal(3)
  })
  // Rank 0 ends as soon as rank 1 cannot be asked to end any more.
  const script = `
    if [ $ZMPI_RANK = 0 ]; then until [ -e "$ZMPI_JOB_DIR/deaf" ]; do sleep 0.01; done; exit 3; fi
    trap '' TERM; : > "$ZMPI_JOB_DIR/deaf"; while :; do sleep 0.1; done`

  it('leaves a handler of uncaught exceptions in peace', async () => {
    const { code, stderr } = await zmpirun(['-n', '1', program('survivor.mjs')])
    expect(code).to.equal(0)
    expect(stderr).to.equal('survived\n')
  })

  it('of an exception in a worker thread that is handled is none', async () => {
    const { code, stderr } = await zmpirun(['-n', '1', program('worker.mjs')])
    expect(code).to.equal(0)
    expect(stderr).to.equal('worker failed: in the worker\n')
  })
})
