/**
 * A real Slurm on the three hosts: a slurmd on each, slurmctld and munged on the first. Everything lies in the rig's
 * directory, listens in the networks of the hosts only, and ends with them.
 */
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Hosts } from './hosts.ts'

const run = promisify(execFile)
const NODES = [1, 2, 3]
/** Processors that each node claims to have. */
const CPUS = 4
/** Milliseconds for all nodes to become idle, and for a command to end. */
const PATIENCE = 30_000

/** Why there can be no Slurm here, if hosts there can be; undefined: there can. */
export function whyNoSlurm(): string | undefined {
  for (const [command, name] of [
    ['/usr/sbin/munged', 'munge'],
    ['/usr/sbin/slurmctld', 'slurm-wlm'],
    ['/usr/sbin/slurmd', 'slurm-wlm'],
    ['/usr/bin/srun', 'slurm-wlm'],
  ] as const)
    if (!existsSync(command)) return `${name} is not installed`
  return undefined
}

export class Slurm {
  readonly #hosts: Hosts
  readonly #directory: string

  constructor(hosts: Hosts) {
    this.#hosts = hosts
    this.#directory = join(hosts.directory, 'slurm')
  }

  /** What makes commands of Slurm speak to this one. */
  get environment(): Readonly<Record<string, string>> {
    return { SLURM_CONF: join(this.#directory, 'slurm.conf') }
  }

  async start(): Promise<void> {
    for (const name of ['', 'state', 'log', 'munge', ...NODES.map((node) => `h${node}`)])
      mkdirSync(join(this.#directory, name))
    this.#configure()
    await this.#startMunge()
    await Promise.all([this.#startDaemon(1, 'slurmctld -c'), ...NODES.map((node) => this.startNode(node))])
    await this.#untilIdle()
  }

  /** Runs a command of Slurm on this machine to its end and returns what it prints. */
  ask(...command: readonly string[]): string {
    const [file = '', ...words] = command
    const env = { ...process.env, ...this.environment }
    return execFileSync(file, words, { env, encoding: 'utf8', stdio: 'pipe', timeout: PATIENCE })
  }

  /** What slurmctld (0), or a node's slurmd and its steps, have logged. */
  log(node: number): string {
    return readFileSync(join(this.#directory, 'log', node === 0 ? 'slurmctld' : `h${node}`), 'utf8')
  }

  /** Waits until a job has ended, however. */
  async ended(job: string): Promise<void> {
    while (this.isActive(job)) await pause(100)
  }

  /** Whether a job waits, runs, or is being ended. */
  isActive(job: string): boolean {
    const state = this.ask('squeue', '--noheader', '--states=all', '--format=%T', `--jobs=${job}`).trim()
    return /^(PENDING|CONFIGURING|RUNNING|COMPLETING)$/.test(state)
  }

  /** Ends all jobs. */
  cancelAll(): void {
    this.ask('scancel', '--partition=rig')
  }

  /** Starts the slurmd of a node, which lives as long as its host. */
  async startNode(node: number): Promise<void> {
    await this.#startDaemon(node, `slurmd -N h${node}`)
  }

  /** Kills the slurmd of a node; what it has started goes on. */
  async killNode(node: number): Promise<void> {
    await this.#onHost(node, `kill -9 $(cat '${this.#directory}/h${node}/pid')`)
  }

  /** Without the variable by which the rig knows processes of jobs. */
  async #startDaemon(node: number, command: string): Promise<void> {
    await this.#onHost(node, `env -u TMPDIR SLURM_CONF='${this.environment['SLURM_CONF']}' /usr/sbin/${command}`)
  }

  async #onHost(node: number, command: string): Promise<void> {
    await run('ssh', ['-F', join(this.#hosts.directory, 'ssh_config'), `h${node}`, command])
  }

  #configure(): void {
    const at = (name: string) => join(this.#directory, name)
    // Runs before each task, which gets the variable: its temporary directory is that of its host.
    const temporary = this.#hosts.temporary(0).replace(/0$/, '')
    const prolog = `#!/bin/sh\necho "export TMPDIR=${temporary}\${SLURMD_NODENAME#h}"\n`
    writeFileSync(at('prolog'), prolog, { mode: 0o755 })
    const settings = {
      ClusterName: 'rig',
      SlurmctldHost: `h1(${this.#hosts.address(1)})`,
      AuthType: 'auth/munge',
      CredType: 'cred/munge',
      AuthInfo: `socket=${at('munge/socket')}`,
      SlurmUser: 'root',
      SlurmdUser: 'root',
      StateSaveLocation: at('state'),
      SlurmdSpoolDir: at('%n'),
      SlurmctldPidFile: at('state/pid'),
      SlurmdPidFile: at('%n/pid'),
      SlurmctldLogFile: at('log/slurmctld'),
      SlurmdLogFile: at('log/%n'),
      TaskProlog: at('prolog'),
      // Neither control groups nor systemd.
      ProctrackType: 'proctrack/linuxproc',
      TaskPlugin: 'task/none',
      JobAcctGatherType: 'jobacct_gather/none',
      SelectType: 'select/cons_tres',
      SelectTypeParameters: 'CR_Core',
      // The second scheduler alone starts heterogeneous jobs.
      SchedulerParameters: 'batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1',
      MpiDefault: 'none',
      MpiParams: 'ports=23000-23100',
      ReturnToService: '2',
      SlurmctldPort: '6817',
      SlurmdPort: '6818',
      SlurmdTimeout: '60',
      SlurmdParameters: 'config_overrides',
      PartitionName: 'rig Nodes=ALL Default=YES MaxTime=INFINITE State=UP',
    }
    const nodes = NODES.map(
      (node) =>
        `NodeName=h${node} NodeAddr=${this.#hosts.address(node)} NodeHostname=h${node} CPUs=${CPUS} RealMemory=2000\n`,
    )
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(at('slurm.conf'), [...nodes, ...lines].join(''))
    writeFileSync(at('cgroup.conf'), `CgroupPlugin=cgroup/v1\nCgroupMountpoint=${at('state')}\n`)
  }

  async #startMunge(): Promise<void> {
    const at = (name: string) => join(this.#directory, 'munge', name)
    writeFileSync(at('key'), randomBytes(1024), { mode: 0o400 })
    const files = ['key', 'pid', 'log', 'seed'].map((name) => `--${name}-file=${at(name)}`)
    const words = ['--force', '--num-threads=1', `--socket=${at('socket')}`, ...files]
    await this.#startDaemon(1, `munged ${words.join(' ')}`)
  }

  async #untilIdle(): Promise<void> {
    const deadline = performance.now() + PATIENCE
    for (let problem: unknown = ''; ;) {
      try {
        if (Number(this.ask('sinfo', '-h', '-t', 'idle', '-o', '%D')) === NODES.length) return
      } catch (error) {
        problem = error
      }
      if (performance.now() > deadline)
        throw new Error(
          `Slurm is not up: ${String(problem)}\n${[0, ...NODES].map((node) => this.log(node)).join('\n')}`,
        )
      await pause(50)
    }
  }
}
