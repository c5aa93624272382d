/** What the launcher says about a job: one block for the first failure, warnings at the end. Pure text from facts. */
import type { Unreceived } from '../bootstrap/control.ts'
import type { HostFailure } from './agent.ts'
import type { Failure, Loss } from './failure.ts'

/** A rank as reports show it. */
export interface RankFacts {
  readonly rank: number
  readonly host: string
  /** On the host of the launcher. */
  readonly isLocal: boolean
  readonly pid: number | undefined
  /** Its command line, quoted for a shell. */
  readonly command: string
}

/** Who tells: zmpirun, or the coordinator of ranks that another launcher has started. */
export type Speaker = 'zmpirun' | 'zmpi'

export interface FailureFacts {
  /** @default 'zmpirun' */
  readonly speaker?: Speaker
  readonly failure: Failure
  /** The rank that the failure names. */
  readonly rank: RankFacts | undefined
  /** What it said last on stderr. */
  readonly lastWords: { readonly lines: readonly string[]; readonly alreadyShown: boolean }
  /** Ranks that were running and are now stopped. */
  readonly others: number
  /** What everybody was doing, as a table; empty where that does not help. */
  readonly activity: readonly string[]
  /** What nobody received. */
  readonly unreceived: readonly RankUnreceived[]
}

/** What a rank had not received at its end. */
export interface RankUnreceived {
  readonly rank: number
  readonly unreceived: readonly Unreceived[]
}

/** Most ranks that a report lists one by one. */
const MOST_LISTED = 32

/** The block that tells the first failure. */
export function failureBlock(facts: FailureFacts): string {
  const { failure, rank, others, lastWords, speaker = 'zmpirun' } = facts
  const where = rank === undefined ? '' : `rank ${rank.rank} on ${rank.host}${pid(rank)}`
  const lines = [`${speaker}: ${[where, describe(failure, rank)].filter((part) => part !== '').join(' ')}`]
  if (failure.kind === 'deadlock') lines.push(...failure.lines.slice(1))
  if (failure.kind === 'unreceived') lines.push(...unreceivedLines(facts.unreceived))
  if (failure.kind === 'hosts') lines.push(...hostLines(failure.failures))
  if ('losses' in failure) lines.push(...listed(failure.losses.map((loss) => `  ${lossLine(failure.kind, loss)}`)))
  const words = trimEmpty(lastWords.lines)
  if (rank !== undefined && words.length > 0)
    lines.push(
      lastWords.alreadyShown ? '  its last lines on stderr:' : '  its last words:',
      ...words.map((line) => `  | ${line}`),
    )
  if (facts.activity.length > 0)
    lines.push(
      ...(failure.kind === 'timeout' ? [] : ['  the ranks at that moment:']),
      ...facts.activity.map((line) => `  ${line}`),
    )
  if (others > 0) lines.push(`  ${count(others, rank === undefined ? 'rank' : 'other rank')} stopped`)
  const next = nextStep(facts)
  if (next !== '') lines.push(`  next: ${next}`)
  return `${lines.join('\n')}\n`
}

/** One line about a rank that somebody has stopped. */
export function stoppedLine(
  { rank, host, isLocal, pid: id }: RankFacts,
  seconds: number,
  speaker: Speaker = 'zmpirun',
): string {
  const where = `rank ${rank} on ${host} (pid ${id})`
  const command = `${isLocal ? '' : `ssh ${host} `}kill -CONT ${id}`
  return `${speaker}: ${where} has been stopped (SIGSTOP) for ${seconds} s; the job waits for it; to let it go on: ${command}\n`
}

/** The warning about messages that arrived and were never received; empty when there are none. */
export function unreceivedWarning(
  all: readonly RankUnreceived[],
  late: readonly Loss[] = [],
  speaker: Speaker = 'zmpirun',
): string {
  const lines = [
    ...unreceivedLines(all),
    ...late.map(
      ({ source, destination, messages }) =>
        `  rank ${destination}: ${count(messages, 'message')} from rank ${source} after it had ended`,
    ),
  ]
  return lines.length === 0 ? '' : `${[`${speaker}: warning: messages that nobody received:`, ...lines].join('\n')}\n`
}

function unreceivedLines(all: readonly RankUnreceived[]): readonly string[] {
  return listed(
    all.flatMap(({ rank, unreceived }) =>
      unreceived.map(
        ({ messages, source, tag, communicator }) =>
          `  rank ${rank}: ${count(messages, 'message')} from rank ${source} with tag ${tag} on ${communicator}`,
      ),
    ),
  )
}

/** What a rank's end looks like to the other ranks and to the user: `exited with code 3`. */
export function describeEnd(code: number | undefined, signal: NodeJS.Signals | undefined): string {
  if (code === undefined && signal === undefined) return 'was killed, or lost with its host'
  return signal === undefined ? `exited with code ${code}` : `was killed by ${signal}`
}

function describe(failure: Failure, rank: RankFacts | undefined): string {
  switch (failure.kind) {
    case 'process':
      return describeEnd(failure.end.code, failure.end.signal)
    case 'unstartable':
      return `could not be started: ${failure.error.code ?? failure.error.message}: ${rank?.command ?? ''}`
    case 'abort':
      return `aborted the job with code ${failure.code}${failure.reason === undefined ? '' : `: ${failure.reason}`}`
    case 'broken':
      return `reports that communication is broken: ${failure.reason}`
    case 'unsent':
      return `called process.exit with ${count(failure.messages, 'message')} not yet sent`
    case 'lost':
      return 'messages were lost because their sender called process.exit:'
    case 'silence':
      return `packets were lost: all ranks wait for messages, and for ${failure.seconds} s nothing has arrived where some are missing:`
    case 'miscounted':
      return 'messages were lost or came twice, although all ranks have ended well:'
    case 'deadlock':
      return failure.lines[0] ?? 'deadlock'
    case 'unreceived':
      return `${count(failure.messages, 'message')} that nobody received (--strict):`
    case 'hosts':
      return failure.failures.length === 1 ? hostFailure(failure.failures[0]) : 'these hosts could not be used:'
    case 'timeout':
      return `the time limit of ${failure.seconds} s is over; the ranks:`
    case 'interrupted':
      return `ended by ${failure.signal}`
    case 'output':
      return `cannot write to ${failure.where}: ${failure.error.message}`
  }
}

function nextStep({ failure, rank, lastWords, speaker }: FailureFacts): string {
  switch (failure.kind) {
    case 'process':
      if (speaker === 'zmpi') return 'see what it has printed, and what its launcher says of it'
      return failure.end.signal === undefined ? afterExit(lastWords) : afterSignal(failure.end.signal)
    case 'unstartable':
      return failure.error.code === 'EAGAIN' || failure.error.code === 'EMFILE'
        ? 'start fewer ranks here, or raise the limit (ulimit -u, ulimit -n)'
        : `try the command alone: ${rank?.command ?? ''}`
    case 'abort':
      return 'see where this rank calls abort()'
    case 'broken':
      return 'run it again with --verbose; if it stays, report it with this text'
    case 'unsent':
    case 'lost':
      return 'await the sends, or finalize(), before process.exit; or let the script end by itself'
    case 'silence':
      return 'see whether the network between these hosts, or a firewall, drops what one sends to the other'
    case 'miscounted':
      return 'run it again with --verbose; if it stays, report it with this text'
    case 'deadlock':
      return 'compare both ends of each wait: rank, tag, communicator and order of the calls'
    case 'unreceived':
      return 'receive them, or do not send them; without --strict this is a warning'
    case 'hosts':
      return afterHost(failure.failures[0])
    case 'timeout':
      return 'raise --timeout, or see what these ranks wait for'
    case 'interrupted':
      return ''
    case 'output':
      return 'make room, or choose another place'
  }
}

function lossLine(kind: Failure['kind'], { source, destination, messages }: Loss): string {
  const way = `from rank ${source} to rank ${destination}`
  if (messages < 0) return `${count(-messages, 'message')} too many ${way}`
  return `${count(messages, kind === 'silence' ? 'packet' : 'message')} ${way}`
}

function hostFailure({ host = '', isLost, reason }: Partial<HostFailure> = {}): string {
  const hosts = host.includes(',') ? 'hosts' : 'host'
  return `${hosts} ${host} ${isLost === true ? 'was lost' : 'could not be used'}: ${reason}`
}

function hostLines(failures: readonly HostFailure[]): string[] {
  return failures.flatMap((failure) => [
    ...(failures.length === 1 ? [] : [`  ${hostFailure(failure)}`]),
    ...(failure.isLost || failure.command === '' ? [] : [`  its agent was started by: ${failure.command}`]),
    ...failure.words.map((line) => `  | ${line}`),
  ])
}

function afterHost({ host = '', isLost, command = '', reason = '' }: Partial<HostFailure> = {}): string {
  if (reason.includes('Slurm has ended it'))
    return 'scancel, a time limit or the failure of a node does that: see sacct'
  if (isLost === true) return `see whether ${host} is up and its network works`
  if (command.startsWith('srun ')) return `try it by hand: srun --overlap --nodelist=${host.replaceAll(' ', '')} true`
  return command.includes('ssh') ? `try it by hand: ssh ${host} true` : 'choose other hosts'
}

function afterExit({ lines, alreadyShown }: FailureFacts['lastWords']): string {
  if (!alreadyShown) return 'see the first line of the stack that is in your own files'
  return lines.length > 0
    ? '--output DIR keeps all that each rank prints'
    : 'it said nothing on stderr: --output DIR keeps all that each rank prints'
}

function afterSignal(signal: NodeJS.Signals): string {
  switch (signal) {
    case 'SIGKILL':
      return 'the system kills so when memory runs out: see dmesg, or start fewer ranks'
    case 'SIGSEGV':
    case 'SIGBUS':
    case 'SIGILL':
    case 'SIGFPE':
    case 'SIGABRT':
      return 'native code has crashed: after ulimit -c unlimited a core file shows where'
    default:
      return `somebody has sent it ${signal}`
  }
}

function pid({ pid: id }: RankFacts): string {
  return id === undefined ? '' : ` (pid ${id})`
}

function listed(lines: readonly string[]): readonly string[] {
  return lines.length <= MOST_LISTED
    ? lines
    : [...lines.slice(0, MOST_LISTED), `  … and ${lines.length - MOST_LISTED} more`]
}

function trimEmpty(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '')
  return first === -1 ? [] : lines.slice(first, lines.findLastIndex((line) => line.trim() !== '') + 1)
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
