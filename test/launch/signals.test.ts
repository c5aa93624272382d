import { expect } from 'chai'
import { FullPipe } from '../support/full-pipe.ts'
import { program, Run } from '../support/zmpirun.ts'

function start(way: string, ...options: string[]): Run {
  return new Run([...options, '-n', '2', program('lasting.mjs'), way])
}

const ready = (run: Run) => run.until(/(ready[^]*){2}/)

describe('signals to zmpirun', () => {
  it('S56 SIGINT reaches the ranks, which may end as they like', async () => {
    const run = start('polite')
    await ready(run)
    run.kill('SIGINT')
    expect((await run.ended).code).to.equal(130)
  })

  it('SIGINT is followed by SIGTERM and SIGKILL, each after the grace', async () => {
    const run = start('stubborn', '--kill-grace', '1')
    await ready(run)
    run.kill('SIGINT')
    const { code, stdout } = await run.ended
    expect(code).to.equal(130)
    expect(stdout).to.match(/\[0\] SIGINT\n[^]*\[0\] SIGTERM\n/)
    expect(stdout).to.match(/\[1\] SIGINT\n[^]*\[1\] SIGTERM\n/)
  })

  it('SIGINT twice does not wait for the grace', async () => {
    const run = start('stubborn', '--kill-grace', '1000')
    await ready(run)
    run.kill('SIGINT')
    await run.until(/(SIGINT\n[^]*){2}/)
    run.kill('SIGINT')
    expect((await run.ended).code).to.equal(130)
  })

  it('SIGINT three times leaves although output cannot be written', async () => {
    const pipe = new FullPipe()
    const run = new Run(['--kill-grace', '1000', '-n', '2', program('lasting.mjs'), 'stubborn-unread'], {
      within: ['sh', '-c', 'exec "$@" > "$0"', pipe.path],
    })
    await ready(run)
    run.kill('SIGINT')
    await run.until(/zmpirun: SIGINT/)
    run.kill('SIGINT')
    // zmpirun stays, for it has a line to write. Its reaper goes some time after the ranks.
    await run.untilProcesses((alive) => alive <= 2)
    run.kill('SIGINT')
    expect((await run.ended).code).to.equal(130)
    pipe.remove()
  })

  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    it(`${signal} ends the ranks by SIGTERM, the deaf ones by SIGKILL`, async () => {
      const run = start('stubborn', '--kill-grace', '1')
      await ready(run)
      run.kill(signal)
      const { code, stdout } = await run.ended
      expect(code).to.equal(status)
      expect(stdout).to.match(/SIGTERM/)
      expect(stdout).not.to.match(/SIGINT/)
    })

  it('S57 SIGUSR2 is passed on, SIGUSR1 is not', async () => {
    const run = start('idle')
    await ready(run)
    run.kill('SIGUSR1')
    run.kill('SIGUSR2')
    await run.until(/(SIGUSR2\n[^]*){2}/)
    expect(run.stderr).not.to.match(/[Dd]ebugger/)
    run.kill('SIGTERM')
    await run.ended
  })

  it('SIGUSR1 to a rank opens no inspector', async () => {
    const run = start('idle')
    const [, pid] = await run.until(/\[0\] ready (\d+)/)
    process.kill(Number(pid), 'SIGUSR1')
    process.kill(Number(pid), 'SIGUSR2')
    await run.until(/\[0\] SIGUSR2/)
    run.kill('SIGTERM')
    expect((await run.ended).stderr).not.to.match(/[Dd]ebugger/)
  })

  it('SIGTSTP stops the ranks too, SIGCONT lets them go on', async () => {
    const run = start('idle')
    await ready(run)
    run.kill('SIGTSTP')
    await run.untilState(/^[Tt]/)
    run.kill('SIGCONT')
    await run.untilState(/^[^Tt]/)
    run.kill('SIGTERM')
    expect((await run.ended).code).to.equal(143)
  })

  it("a failure's deaf bystanders are killed after the grace", async () => {
    const script = '[ $ZMPI_RANK = 0 ] && until [ -e "$ZMPI_JOB_DIR/deaf" ]; do sleep 0.01; done && exit 3\n'
    const deaf = `trap '' TERM; : > "$ZMPI_JOB_DIR/deaf"; while :; do sleep 0.1; done`
    const run = new Run(['--kill-grace', '0.2', '-n', '2', 'sh', '-c', script + deaf])
    expect((await run.ended).code).to.equal(3)
  })
})

describe('death of zmpirun by SIGKILL', () => {
  for (const way of ['idle', 'loop', 'write', 'family', 'stubborn'])
    it(`leaves nothing of ranks of the kind "${way}"`, async () => {
      const run = start(way)
      await ready(run)
      run.kill('SIGKILL')
      const { signal } = await run.ended
      expect(signal).to.equal('SIGKILL')
    })

  it('leaves nothing of a program that is no Node script', async () => {
    const run = new Run(['-n', '2', 'sh', '-c', 'echo ready; sleep 1000 & sleep 1000; :'])
    await ready(run)
    run.kill('SIGKILL')
    await run.ended
  })

  it('leaves nothing although it comes while ranks start', async () => {
    for (const started of [1, 2, 3, 4]) {
      const run = new Run(['-n', '8', 'sleep', '1000'])
      await run.untilProcesses((alive) => alive >= 2 + started)
      run.kill('SIGKILL')
      await run.ended
    }
  })
})

describe('a crash of zmpirun itself', () => {
  it('ends with 125 and its stack, and leaves nothing', async () => {
    const env = { NODE_OPTIONS: `--import=${JSON.stringify(program('crash.mjs'))}` }
    const run = new Run(['-n', '2', program('lasting.mjs'), 'stubborn'], { env })
    await ready(run)
    run.kill('SIGUSR2')
    const { code, stderr } = await run.ended
    expect(code).to.equal(125)
    expect(stderr).to.match(/Error: crashed on purpose\n {4}at /)
  })
})

describe('the end of a rank', () => {
  it('takes what it has left in its process group with it', async () => {
    const run = new Run(['-n', '1', 'sh', '-c', 'sleep 1000 & exit 0'])
    expect((await run.ended).code).to.equal(0)
  })
})
