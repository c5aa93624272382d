/** Jobs over the three hosts: `describeRig` is a suite that has them, `describeSlurm` one with Slurm on them, where this machine can. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Hosts, whyNoHosts } from './hosts.ts'
import { Slurm, whyNoSlurm } from './slurm.ts'

const ZMPIRUN = fileURLToPath(new URL('../../../bin/zmpirun.js', import.meta.url))

/** A script of test/rig/programs. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../../../test/rig/programs/${name}`, import.meta.url))
}

/** A script of the project's examples. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url))
}

/** A command on this machine that runs, or has run: a job, as a rule. Its processes are those of the rig's host 0. */
export class RigJob {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  stdout = ''
  stderr = ''
  #heard: () => void = () => {}

  constructor(hosts: Hosts, [file = '', ...words]: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = spawn(file, words, {
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
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`the job has ended: ${this.stdout}${this.stderr}`)
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
  /** Starts a job over ssh: further arguments of zmpirun. */
  run(words: readonly string[], environment?: Readonly<Record<string, string>>): RigJob
  /** Runs any command on this machine. */
  command(words: readonly string[], environment?: Readonly<Record<string, string>>): RigJob
}

/** Commands of `command` and `run` are those of this Slurm. */
export interface SlurmRig extends Rig {
  readonly slurm: Slurm
}

/** The command line of zmpirun with these arguments. */
export function zmpirun(...words: readonly string[]): string[] {
  return [process.execPath, ZMPIRUN, ...words]
}

/** A suite over three hosts. Without root or the packages it is left out, unless ZMPI_TEST_REQUIRE is set. */
export function describeRig(title: string, suite: (rig: Rig) => void): void {
  describeHosts(title, whyNoHosts(), false, suite)
}

/** A suite over three hosts that are the nodes of a Slurm. It is left out as `describeRig` is. */
export function describeSlurm(title: string, suite: (rig: SlurmRig) => void): void {
  describeHosts(title, whyNoHosts() ?? whyNoSlurm(), true, suite)
}

function describeHosts(
  title: string,
  reason: string | undefined,
  hasSlurm: boolean,
  suite: (rig: SlurmRig) => void,
): void {
  if (reason !== undefined && process.env['ZMPI_TEST_REQUIRE'] === undefined) {
    process.stdout.write(`not tested here: ${title}: ${reason}\n`)
    return
  }
  describe(title, function () {
    this.timeout(120_000)
    let hosts: Hosts | undefined
    let slurm: Slurm | undefined
    const jobs: RigJob[] = []
    const rig: SlurmRig = {
      get hosts(): Hosts {
        if (hosts === undefined) throw new Error('the hosts are not up')
        return hosts
      },
      get slurm(): Slurm {
        if (slurm === undefined) throw new Error('Slurm is not up')
        return slurm
      },
      run: (words, environment) => rig.command(zmpirun('--ssh-args', rig.hosts.sshArguments, ...words), environment),
      command(words, environment) {
        const job = new RigJob(rig.hosts, words, { ...slurm?.environment, ...environment })
        jobs.push(job)
        return job
      },
    }
    before(async () => {
      if (reason !== undefined) throw new Error(`ZMPI_TEST_REQUIRE is set, but ${reason}`)
      hosts = new Hosts()
      await hosts.start()
      if (!hasSlurm) return
      slurm = new Slurm(hosts)
      await slurm.start()
    })
    afterEach(() => {
      // Of those that have ended this does nothing.
      for (const { child } of jobs.splice(0)) child.kill('SIGKILL')
      slurm?.cancelAll()
    })
    after(() => hosts?.stop())
    suite(rig)
  })
}
