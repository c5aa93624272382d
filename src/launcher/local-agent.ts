/**
 * The agent of this host: starts ranks as leaders of process groups, serves their control channels, and sees to it that
 * nothing of them stays: what a rank leaves in its group is killed, what holds its pipes from elsewhere is let go, and a
 * reaper does the rest should this process die.
 */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { AgentMessage, Network } from '../bootstrap/control.ts'
import { writeEnvironment, type TransportChoice } from '../bootstrap/environment.ts'
import type { Agent, AgentEvents, RankStart } from './agent.ts'
import { ControlChannel } from './control-channel.ts'
import { removeJobDirectory } from './job-directory.ts'
import { Reaper } from './reaper.ts'
import { ranksStayInSession } from './session.ts'
import { CONTROL_FD, spawnRank } from './spawn.ts'
import { isProcessStopped, StopWatch } from './stop-watch.ts'

/** Milliseconds without a byte after which a pipe that outlives its rank is closed: a stranger holds it. */
const SILENCE = 1000
/** Milliseconds between two looks at a group whose leader has ended while it was being stopped. */
const LOOK = 20

const ENDING: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM'])

/** What is the same for all ranks of the job. */
export interface JobFacts {
  readonly job: number
  readonly size: number
  readonly transport: TransportChoice
  readonly logLevel: string
  /** The job's directory on this host; the agent removes it at the end, the reaper if this process dies. */
  readonly directory: string
  /** Where ranks open the memory that they share; empty when there is none. */
  readonly segment: string
  /** How ranks reach those of other hosts; undefined when there are none. */
  readonly network: Network | undefined
}

interface LocalRank {
  readonly process: ChildProcess
  readonly group: number
  readonly control: ControlChannel
}

export class LocalAgent implements Agent {
  readonly #facts: JobFacts
  readonly #events: AgentEvents
  readonly #reaper: Reaper
  /** Ranks whose process group may have members. */
  readonly #ranks = new Map<number, LocalRank>()
  readonly #stopWatch: StopWatch
  /** World ranks of this host. */
  #neighbours: readonly number[] = []
  #stays = false
  /** What is left of a group when its leader has ended is killed, unless all were asked to end and have time for it. */
  #leavesTime = false

  constructor(facts: JobFacts, events: AgentEvents) {
    this.#facts = facts
    this.#events = events
    this.#reaper = new Reaper(facts.directory)
    this.#stopWatch = new StopWatch((rank, isStopped) => events.onStopped(rank, isStopped))
  }

  start(ranks: readonly RankStart[]): void {
    this.#neighbours = ranks.map(({ placement }) => placement.rank)
    this.#stays = ranksStayInSession(ranks.length, this.#facts.segment !== '')
    for (const rank of ranks) this.#start(rank)
  }

  tell(rank: number, messages: readonly AgentMessage[]): void {
    this.#ranks.get(rank)?.control.send(messages)
  }

  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGINT' || signal === 'SIGTERM') this.#leavesTime = true
    if (signal === 'SIGKILL') this.#leavesTime = false
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') this.#stopWatch.pause(signal === 'SIGSTOP')
    for (const rank of this.#ranks.values()) {
      signalRank(rank, signal)
      // Who is stopped hears of it only when it goes on.
      if (ENDING.has(signal) && isProcessStopped(rank.group)) signalRank(rank, 'SIGCONT')
    }
  }

  close(): void {
    removeJobDirectory(this.#facts.directory)
    this.#reaper.close()
  }

  #start(start: RankStart): void {
    const { rank } = start.placement
    const environment = { ...start.environment, ...this.#variables(start) }
    const child = spawnRank({ ...start, environment, stays: this.#stays })
    if (child instanceof Error) {
      process.nextTick(() => this.#events.onUnstartable(rank, child))
      return
    }
    const { pid, stdout, stderr, stdin, stdio } = child
    if (pid === undefined) {
      child.once('error', (error) => this.#events.onUnstartable(rank, error))
      return
    }
    this.#reaper.guard(pid)
    const control = new ControlChannel(
      stdio[CONTROL_FD] as Socket,
      (message) => this.#events.onMessage(rank, message),
      (reason) =>
        this.#events.onMessage(rank, { type: 'broken', reason: `its control channel carries junk: ${reason}` }),
    )
    this.#ranks.set(rank, { process: child, group: pid, control })
    this.#stopWatch.add(rank, pid)
    const { network } = this.#facts
    if (network !== undefined) control.send([{ type: 'network', network }])
    const outputs = [stdout as Socket, stderr as Socket] as const
    this.#events.onStart(rank, pid, { stdin: stdin ?? undefined, stdout: outputs[0], stderr: outputs[1] })
    void this.#watch(rank, pid, child, control, outputs)
  }

  async #watch(
    rank: number,
    group: number,
    child: ChildProcess,
    control: ControlChannel,
    outputs: readonly Socket[],
  ): Promise<void> {
    const closed = outputs.map((stream) => new Promise((resolve) => stream.once('close', resolve)))
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.once('exit', (...end) => resolve(end)),
    )
    this.#stopWatch.remove(rank)
    const swept = this.#sweep(group)
    const timers = outputs.map(closeWhenSilent)
    await within(SILENCE, control.closed)
    control.destroy()
    this.#events.onEnd(rank, { code: code ?? undefined, signal: signal ?? undefined })
    await swept
    this.#ranks.delete(rank)
    this.#reaper.release(group)
    await Promise.all(closed)
    for (const timer of timers) clearInterval(timer)
    this.#events.onGone(rank)
  }

  /** Ends what a rank has left in its group; resolves when nothing but dying processes is in it. */
  async #sweep(group: number): Promise<void> {
    while (this.#leavesTime && signalGroup(group, 0)) await new Promise((resolve) => setTimeout(resolve, LOOK))
    signalGroup(group, 'SIGKILL')
  }

  #variables({ placement: { rank, localRank, localSize } }: RankStart): Record<string, string> {
    const neighbours = this.#neighbours
    return writeEnvironment({ ...this.#facts, rank, localRank, localSize, neighbours, controlFd: CONTROL_FD })
  }
}

/** Sends a signal to a rank and all of its group. */
function signalRank({ process: leader, group }: LocalRank, signal: NodeJS.Signals): void {
  // Before it leads a group it is alone; after its end, nobody.
  if (!signalGroup(group, signal)) leader.kill(signal)
}

/** Sends a signal to all processes of a group; false when there are none. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

/** Closes a pipe that says nothing for a while although nobody keeps it from being read. */
function closeWhenSilent(stream: Socket): NodeJS.Timeout {
  let seen = stream.bytesRead
  const look = (): void => {
    if (stream.bytesRead === seen && stream.readableLength === 0) stream.destroy()
    seen = stream.bytesRead
  }
  // Not before what has come is read, where this process itself stood still.
  return setInterval(() => setImmediate(look), SILENCE)
}

/** Waits for `event`, but not longer than so many milliseconds, and until what had come by then was read. */
async function within(milliseconds: number, event: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise((resolve) => {
    // Where this process itself stood still meanwhile, its timers come before its pipes.
    timer = setTimeout(() => setImmediate(resolve), milliseconds)
  })
  await Promise.race([event, over])
  clearTimeout(timer)
}
