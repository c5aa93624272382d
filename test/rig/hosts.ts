/**
 * Three hosts on this machine: network namespaces h1, h2 and h3 on a bridge, each with process numbers, a host name, a
 * temporary directory and an sshd of its own. The files are this machine's. Needs root.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const HOSTS = [1, 2, 3]
/** For commands that end by themselves, so that a test cannot hang in one. */
const BOUNDED = { encoding: 'utf8', stdio: 'pipe', timeout: 30_000 } as const
const SSHD = '/usr/sbin/sshd'

/** Why there can be no such hosts here; undefined: there can. */
export function whyNoHosts(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux'
  if (process.getuid?.() !== 0) return 'this is not root'
  for (const [command, name] of [
    [SSHD, 'openssh-server'],
    ['/usr/bin/ssh', 'openssh-client'],
    ['/usr/bin/unshare', 'util-linux'],
  ] as const)
    if (!existsSync(command)) return `${name} is not installed`
  try {
    const probe = `zrp${process.pid.toString(36)}`
    ip('link', 'add', probe, 'type', 'bridge')
    ip('link', 'del', probe)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isMissing ? 'iproute2 is not installed' : 'no network can be made here'
  }
  return undefined
}

export class Hosts {
  /** Everything of the rig lies in it. */
  readonly directory: string = mkdtempSync(join(tmpdir(), 'zrig-'))
  readonly #number = process.pid
  readonly #bridge = `zr${this.#number.toString(36)}`
  /** Its own network for each test process. */
  readonly #net = `10.${100 + (this.#number % 100)}.${(this.#number >> 7) % 250}`
  readonly #second = `10.${200 + (this.#number % 50)}.${(this.#number >> 7) % 250}`
  readonly #net6 = `fd00:${(this.#number % 65_536).toString(16)}::`
  readonly #sshds: ChildProcess[] = []

  /** Arguments for ssh. */
  get sshArguments(): string {
    return `-F ${this.directory}/ssh_config`
  }

  /** The address of this machine among the hosts. */
  get ownAddress(): string {
    return `${this.#net}.254`
  }

  /** The interface of this machine among the hosts. */
  get bridge(): string {
    return this.#bridge
  }

  address(host: number): string {
    return `${this.#net}.${host}`
  }

  /** Another address of a host, in another network; 254: of this machine. */
  secondAddress(host: number): string {
    return `${this.#second}.${host}`
  }

  /** The IPv6 address of a host; 254: of this machine. */
  address6(host: number): string {
    return `${this.#net6}${host}`
  }

  /** The temporary directory of a host; 0: of the launcher. */
  temporary(host: number): string {
    return join(this.directory, `t${host}`)
  }

  /** A directory whose files the hosts do not have. */
  get onlyHere(): string {
    return join(this.directory, 'only-here')
  }

  async start(): Promise<void> {
    mkdirSync('/run/sshd', { recursive: true })
    for (const host of [0, ...HOSTS]) mkdirSync(this.temporary(host))
    mkdirSync(this.onlyHere)
    for (const key of ['id', 'hostkey', 'strange'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.directory, key)], BOUNDED)
    this.#writeSshConfig()
    sweep()
    // A test process that had this number may have left its own.
    this.#removeNetworks()
    ip('link', 'add', this.#bridge, 'type', 'bridge')
    ip('addr', 'add', `${this.ownAddress}/24`, 'dev', this.#bridge)
    ip('addr', 'add', `${this.secondAddress(254)}/24`, 'dev', this.#bridge)
    ip('addr', 'add', `${this.address6(254)}/64`, 'dev', this.#bridge, 'nodad')
    ip('link', 'set', this.#bridge, 'up')
    for (const host of HOSTS) this.#startHost(host)
    await Promise.all(HOSTS.map((host) => this.#reachable(host)))
  }

  stop(): void {
    // The first process of a namespace takes all others with it.
    for (const sshd of this.#sshds) sshd.kill('SIGKILL')
    this.#removeNetworks()
    // Who has just been killed may still be writing.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 10 })
  }

  /** Cuts a host off without a word, or joins it again. */
  cut(host: number, isCut: boolean): void {
    ip('link', 'set', this.#link(host), isCut ? 'down' : 'up')
  }

  /** Lets nothing through to a host or from it. Neither side's interface notices, which could delay what comes after. */
  block(host: number, isBlocked: boolean): void {
    execFileSync('bridge', ['link', 'set', 'dev', this.#link(host), 'state', isBlocked ? '0' : '3'], BOUNDED)
  }

  /** Processes of jobs, on all hosts and of the launcher: pid and command line. */
  processes(): { pid: number; host: number; command: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const environment = readFileSync(`/proc/${name}/environ`, 'latin1')
          const host = [0, ...HOSTS].find((number) => environment.includes(`TMPDIR=${this.temporary(number)}\0`))
          const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ')
          // One that has ended, and waits for its parent to notice, has no command line.
          return host === undefined || command === '' ? [] : [{ pid: Number(name), host, command }]
        } catch {
          return []
        }
      })
  }

  /** Files of jobs that are there. */
  files(): string[] {
    return [0, ...HOSTS].flatMap((host) => readdirSync(this.temporary(host)).map((name) => `${host}: ${name}`))
  }

  /** Waits until nothing is left of any job, for some seconds; returns what is left then. */
  async leftovers(seconds: number = 20): Promise<string[]> {
    const deadline = performance.now() + seconds * 1000
    for (;;) {
      const left = [...this.processes().map(({ host, command }) => `${host}: ${command}`), ...this.files()]
      if (left.length === 0 || performance.now() > deadline) return left
      await pause(20)
    }
  }

  /** Ports on which somebody listens in the network of a host: `address:port`. */
  listening(host: number): string[] {
    const table = execFileSync('nsenter', [`--net=/run/netns/${this.#namespace(host)}`, 'ss', '-Hltn'], BOUNDED)
    return table
      .split('\n')
      .flatMap((line) => line.trim().split(/\s+/)[3] ?? [])
      .filter((address) => !address.endsWith(':22'))
  }

  /**
   * Where Node's processes of jobs listen on a host: `tcp address:port`, `udp address:port`. What an engine has opened, and has let
   * them inherit, is left out.
   */
  doors(host: number): string[] {
    const pids = this.processes()
      .filter((process) => process.host === host && /^\S*\bnode /.test(process.command))
      .map(({ pid }) => String(pid))
    const inside = host === 0 ? [] : ['nsenter', `--net=/run/netns/${this.#namespace(host)}`]
    const [file, ...words] = [...inside, 'ss', '-Hltunp']
    return execFileSync(file, words, BOUNDED)
      .split('\n')
      .filter((line) => {
        const holders = [...line.matchAll(/pid=(\d+),/g)].map(([, pid = '']) => pid)
        return holders.length > 0 && holders.every((pid) => pids.includes(pid))
      })
      .map((line) => line.split(/\s+/))
      .map(([protocol = '', , , , address = '']) => `${protocol} ${address}`)
      .toSorted()
  }

  #writeSshConfig(): void {
    const hosts = HOSTS.flatMap((host) => [
      `Host h${host}\n  HostName ${this.address(host)}\n`,
      `Host six${host}\n  HostName ${this.address6(host)}\n`,
    ])
    const common = [
      'User root',
      'IdentitiesOnly yes',
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'LogLevel ERROR',
      'ConnectTimeout 10',
    ]
    writeFileSync(
      join(this.directory, 'ssh_config'),
      [
        ...hosts,
        `Host refused\n  HostName ${this.ownAddress}\n  Port 1\n`,
        `Host stranger\n  HostName ${this.address(1)}\n  IdentityFile ${this.directory}/strange\n`,
        `Host h? six? fd* refused\n  IdentityFile ${this.directory}/id\n`,
        `Host *\n  ${common.join('\n  ')}\n`,
      ].join(''),
    )
  }

  #startHost(host: number): void {
    const namespace = this.#namespace(host)
    ip('netns', 'add', namespace)
    ip('link', 'add', this.#link(host), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    ip('link', 'set', this.#link(host), 'master', this.#bridge, 'up')
    ip('-n', namespace, 'addr', 'add', `${this.address(host)}/24`, 'dev', 'eth0')
    ip('-n', namespace, 'addr', 'add', `${this.secondAddress(host)}/24`, 'dev', 'eth0')
    ip('-n', namespace, 'addr', 'add', `${this.address6(host)}/64`, 'dev', 'eth0', 'nodad')
    ip('-n', namespace, 'link', 'set', 'eth0', 'up')
    ip('-n', namespace, 'link', 'set', 'lo', 'up')
    const options = [
      `AuthorizedKeysFile=${this.directory}/id.pub`,
      `SetEnv=TMPDIR=${this.temporary(host)}`,
      'PidFile=none',
      'UsePAM=no',
      'StrictModes=no',
      'PermitRootLogin=yes',
      'UseDNS=no',
    ].flatMap((option) => ['-o', option])
    // Not `ip netns exec`, which mounts /sys anew.
    const child = spawn(
      // The host ends with this process, however it ends.
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'nsenter'],
        `--net=/run/netns/${namespace}`,
        ...['unshare', '--fork', '--pid', '--mount-proc', '--mount', '--uts', '--kill-child', 'sh', '-c'],
        'hostname "$1"; mount -t tmpfs none "$2"; shift 2; exec "$@"',
        'host',
        `h${host}`,
        this.onlyHere,
        ...[SSHD, '-D', '-e', '-p', '22', '-h', join(this.directory, 'hostkey'), ...options],
      ],
      { stdio: ['ignore', 'ignore', openSync(join(this.directory, `h${host}.log`), 'w')], detached: true },
    )
    this.#sshds.push(child)
  }

  async #reachable(host: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        execFileSync('ssh', ['-F', join(this.directory, 'ssh_config'), `h${host}`, 'true'], BOUNDED)
        return
      } catch (error) {
        if (attempt === 50) throw error
        await pause(100)
      }
    }
  }

  #removeNetworks(): void {
    for (const host of HOSTS) {
      quietly('link', 'del', this.#link(host))
      quietly('netns', 'del', this.#namespace(host))
    }
    quietly('link', 'del', this.#bridge)
  }

  #namespace(host: number): string {
    return `zr${this.#number}-h${host}`
  }

  #link(host: number): string {
    return `${this.#bridge}-${host}`
  }
}

/** Removes the networks of test processes that did not come to their end. */
function sweep(): void {
  const namespaces = execFileSync('ip', ['netns', 'list'], BOUNDED).split('\n')
  for (const namespace of namespaces.map((line) => line.split(' ')[0] ?? '')) {
    const [, pid] = /^zr(\d+)-h\d$/.exec(namespace) ?? []
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    quietly('link', 'del', `zr${Number(pid).toString(36)}`)
    quietly('netns', 'del', namespace)
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, BOUNDED)
}

function quietly(...words: string[]): void {
  try {
    ip(...words)
  } catch {
    // It is not there.
  }
}
