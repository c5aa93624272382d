/** Jobs over the three hosts: `describeRig` is a suite that has them, where this machine can. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Hosts, whyNoHosts } from './hosts.ts'

const ZMPIRUN = fileURLToPath(new URL('../../../bin/zmpirun.js', import.meta.url))

/** A script of test/rig/programs. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../../../test/rig/programs/${name}`, import.meta.url))
}

/** A job that runs, or has run. */
export class RigJob {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''
  #heard: () => void = () => {}

  constructor(hosts: Hosts, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [ZMPIRUN, '--ssh-args', hosts.sshArguments, ...words], {
      env: { ...process.env, TMPDIR: hosts.temporary(0), ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear('stdout', text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear('stderr', text))
    this.ended = once(child, 'close').then(([code]) => {
      this.#heard()
      return code as number | null
    })
  }

  /** Waits until so many lines of stdout hold the text. Rejects when the job ends before. */
  async until(text: string, lines: number): Promise<void> {
    while (this.stdout.split('\n').filter((line) => line.includes(text)).length < lines) {
      if (this.child.exitCode !== null) throw new Error(`the job has ended: ${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => (this.#heard = resolve))
    }
  }

  /** Lines of stdout in order of rank, then of appearance. */
  get lines(): string[] {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .toSorted((one, other) => rankOf(one) - rankOf(other))
  }

  #hear(name: 'stdout' | 'stderr', text: string): void {
    this[name] += text
    this.#heard()
  }
}

function rankOf(line: string): number {
  return Number(/^\[(\d+)\]/.exec(line)?.[1] ?? -1)
}

export interface Rig {
  readonly hosts: Hosts
  /** Starts a job: further arguments of zmpirun. */
  run(words: readonly string[], environment?: Readonly<Record<string, string>>): RigJob
}

/** A suite over three hosts. Without root or the packages it is left out, unless ZMPI_TEST_REQUIRE is set. */
export function describeRig(title: string, suite: (rig: Rig) => void): void {
  const reason = whyNoHosts()
  if (reason !== undefined && process.env['ZMPI_TEST_REQUIRE'] === undefined) {
    process.stdout.write(`not tested here: ${title}: ${reason}\n`)
    return
  }
  describe(title, function () {
    this.timeout(60_000)
    let hosts: Hosts | undefined
    const jobs: RigJob[] = []
    const rig: Rig = {
      get hosts(): Hosts {
        if (hosts === undefined) throw new Error('the hosts are not up')
        return hosts
      },
      run(words, environment) {
        const job = new RigJob(rig.hosts, words, environment)
        jobs.push(job)
        return job
      },
    }
    before(async () => {
      if (reason !== undefined) throw new Error(`ZMPI_TEST_REQUIRE is set, but ${reason}`)
      hosts = new Hosts()
      await hosts.start()
    })
    afterEach(async () => {
      for (const { child } of jobs.splice(0)) child.kill('SIGKILL')
    })
    after(() => hosts?.stop())
    suite(rig)
  })
}
