/** Ranks that somebody stops. The jobs run in this process, where what is ten seconds for users can be less. */
import { PassThrough } from 'node:stream'
import { expect } from 'chai'
import type { Job, JobResult } from '../../src/launcher/job.ts'
import { launchJob } from '../../src/launcher/launch-job.ts'
import { thisMachine } from '../../src/launcher/machine.ts'
import { parseCommandLine } from '../../src/launcher/options.ts'
import { planJob } from '../../src/launcher/plan.ts'
import { program } from '../support/zmpirun.ts'

class Running {
  readonly result: Promise<JobResult>
  job: Job | undefined
  text = ''
  #isOver = false
  #changed: () => void = () => {}

  constructor(stoppedAfter: number, ...words: string[]) {
    const surroundings = { environment: process.env, workingDirectory: process.cwd(), version: '' }
    const command = parseCommandLine(words, surroundings)
    if (command.type !== 'run') throw new Error('this is no job')
    const { options } = command
    const plan = planJob(options, thisMachine(), process.env)
    const stream = (): PassThrough =>
      new PassThrough().on('data', (chunk: Buffer) => {
        this.text += chunk.toString()
        this.#changed()
      })
    const targets = { stdout: stream(), stderr: stream(), shared: false }
    const request = { options, plan, environment: process.env, targets, input: undefined, stoppedAfter }
    this.result = launchJob(request, (job) => (this.job = job)).finally(() => {
      this.#isOver = true
      this.#changed()
    })
  }

  /** Ends the job, if it still runs, and waits for that. The second signal kills ranks that are stopped, too. */
  async end(): Promise<void> {
    if (!this.#isOver) {
      this.job?.interrupt('SIGINT')
      this.job?.interrupt('SIGINT')
    }
    await Promise.allSettled([this.result])
  }

  /** Rejects when the job ends before. */
  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = pattern.exec(this.text)
      if (match !== null) return match
      if (this.#isOver) throw new Error(`the job has ended: ${this.text}`)
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }
}

describe('a rank that is stopped', () => {
  let run: Running

  afterEach(() => run.end())

  for (const [where, ...words] of [
    ['on this host', '-n', '2'],
    ['by an agent', '--launcher', 'local', '-H', 'a:1,b:1'],
  ] as const)
    it(`is told ${where}, with what to do, and the job goes on when the rank does`, async () => {
      run = new Running(100, ...words, program('alive.mjs'), 'stopped')
      const [, pid] = await run.until(/pid (\d+)/)
      process.kill(Number(pid), 'SIGSTOP')
      const [line] = await run.until(/^zmpirun: rank.*\n/m)
      const command = where === 'on this host' ? 'kill' : 'ssh a kill'
      expect(line).to.match(
        new RegExp(
          `rank 0 on \\S+ \\(pid ${pid}\\) has been stopped \\(SIGSTOP\\) for 0\\.1 s; .* go on: ${command} -CONT ${pid}\n$`,
        ),
      )
      run.job?.report()
      await run.until(/^ {2}0 +\S+ +stopped \(SIGSTOP\)$/m)
      process.kill(Number(pid), 'SIGCONT')
      expect((await run.result).exitCode).to.equal(0)
      expect(run.text).to.include('rank 0 is done').and.to.include('rank 1 is done')
      expect(run.text.match(/has been stopped/g)).to.have.length(1)
    })

  it('holds up no end of the job', async () => {
    const words = ['--kill-grace', '1000', '-n', '2', '--no-label', 'sh', '-c']
    run = new Running(100, ...words, 'echo "rank $ZMPI_RANK pid $$"; sleep 1000; :')
    const [, pid] = await run.until(/rank 0 pid (\d+)/)
    const [, other] = await run.until(/rank 1 pid (\d+)/)
    process.kill(Number(pid), 'SIGSTOP')
    await run.until(/^zmpirun: rank 0.*\n/m)
    process.kill(Number(other), 'SIGKILL')
    expect((await run.result).exitCode).to.equal(137)
  })
})
