/**
 * What a user asked for on the command line, checked and complete. yargs' parser reads one part of
 * `[options] program [arguments] : [options] program …` at a time and stops at the program: what follows is never looked at.
 * Knows no file and no host: those are resolved in plan.ts.
 */
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Parser } from 'yargs/helpers'
import type { TransportChoice } from '../bootstrap/environment.ts'
import { nearest } from './nearest.ts'
import { MAXIMUM_RANKS, OPTIONS, OPTION_NAMES } from './option-table.ts'
import { illegal, OptionValues, quote, spell } from './option-values.ts'
import { UsageError } from './usage-error.ts'

/** One `[options] program [arguments]` between the colons of the command line. */
export interface Application {
  /** Ranks of this program; undefined: all slots. */
  readonly ranks: number | undefined
  readonly program: string
  readonly arguments: readonly string[]
  /** `-x NAME=VALUE`, and `-x NAME` with the launcher's own value. */
  readonly environment: Readonly<Record<string, string>>
  /** Absolute: `--wdir`, else the launcher's own. Programs given by a relative path are looked up here. */
  readonly workingDirectory: string
}

export interface LaunchOptions {
  readonly applications: readonly Application[]
  readonly ranksPerHost: number | undefined
  /** From `--host` (text as given) or undefined. */
  readonly hosts: string | undefined
  readonly hostfile: string | undefined
  readonly mapBy: 'slot' | 'node'
  readonly bindTo: 'none' | 'core'
  readonly oversubscribe: boolean
  /** undefined: labelled when there is more than one rank. */
  readonly label: boolean | undefined
  readonly timestamp: boolean
  readonly outputDirectory: string | undefined
  readonly stdin: number | 'all' | 'none'
  /** Seconds for the whole job; undefined: no limit. */
  readonly timeout: number | undefined
  /** Messages that nobody received are an error. */
  readonly strict: boolean
  /** Seconds between SIGTERM and SIGKILL. @default 5 */
  readonly killGrace: number
  readonly transport: TransportChoice
  /** Name of a network interface, or a subnet as `10.0.0.0/8`; undefined: found by itself. */
  readonly interface: string | undefined
  /** How agents are started on other hosts; undefined: found by itself. */
  readonly launcher: 'ssh' | 'slurm' | 'local' | undefined
  /** Seconds of silence after which another host is taken for lost. @default 5 */
  readonly lease: number
  /** Nothing that goes over the network is encrypted, and nobody there has to prove who they are. */
  readonly insecure: boolean
  /** `--ssh-args` as given. */
  readonly sshArguments: string | undefined
  readonly displayMap: boolean
  readonly dryRun: boolean
  readonly verbose: boolean
  readonly logLevel: LogLevel
}

export type LogLevel = (typeof LOG_LEVELS)[number]
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What a command line asks for: a job, or a text on stdout and the exit status 0 (that of help.ts for `help`). */
export type ParsedCommand =
  | { readonly type: 'run'; readonly options: LaunchOptions }
  | { readonly type: 'help' }
  | { readonly type: 'print'; readonly text: string }

/** Where the command was typed. */
export interface Surroundings {
  /** For `-x NAME`. */
  readonly environment: NodeJS.ProcessEnv
  /** Absolute; for relative `--wdir` and `--output`. */
  readonly workingDirectory: string
  /** What `--version` prints. */
  readonly version: string
}

/**
 * Reads a command line (without `node` and the script).
 * @throws {UsageError} naming the option, its value and what is legal
 */
export function parseCommandLine(argv: readonly string[], surroundings: Surroundings): ParsedCommand {
  const parser = loadParser()
  const parts = splitAtColons(argv).map((part) => parsePart(part, parser))
  if (parts.some((part) => part.values.flag('help'))) return { type: 'help' }
  if (parts.some((part) => part.values.flag('version'))) return { type: 'print', text: surroundings.version }
  const applications = parts.map((part, index) => readApplication(part, index, parts.length, surroundings))
  return {
    type: 'run',
    options: { applications, ...readJobOptions(OptionValues.join(parts.map((part) => part.values)), surroundings) },
  }
}

function splitAtColons(argv: readonly string[]): string[][] {
  const parts: string[][] = [[]]
  for (const argument of argv) {
    if (argument === ':') parts.push([])
    else parts.at(-1)?.push(argument)
  }
  return parts
}

/**
 * The parser inside yargs, alone: all of yargs, which writes the help, takes longer to load than the rest of a job's start.
 * Found from where yargs is, since it is yargs' own dependency.
 */
function loadParser(): typeof Parser {
  const yargs = createRequire(import.meta.url).resolve('yargs')
  const module = createRequire(yargs)('yargs-parser') as typeof Parser | { default: typeof Parser }
  // Whether `require` unwraps it depends on the version of Node.
  return 'default' in module ? module.default : module
}

const PARSING = {
  alias: Object.fromEntries(OPTIONS.map(({ name, alias }) => [name, alias ?? []])),
  narg: Object.fromEntries(OPTIONS.map(({ name, value }) => [name, value === undefined ? 0 : 1])),
  configuration: {
    'halt-at-non-option': true,
    'short-option-groups': false,
    'unknown-options-as-args': true,
    'nargs-eats-options': true,
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'strip-aliased': true,
  },
}

/** One part of the line: its options, its program and arguments exactly as typed. */
interface Part {
  readonly values: OptionValues
  readonly command: readonly string[]
}

function parsePart(argv: readonly string[], parser: typeof Parser): Part {
  const { argv: parsed, error } = parser.detailed([...argv], PARSING)
  if (error !== null) throw new UsageError(describeParserError(error))
  const command = parsed._.map(String)
  const start = argv.length - command.length
  const typed = (key: string) => argv.find((word) => word.startsWith(`-${key}`) || word.startsWith(`--${key}`)) ?? key
  const strange = Object.keys(parsed).find((key) => key !== '_' && !OPTION_NAMES.includes(key))
  if (strange !== undefined) throw unknownOption(typed(strange))
  // What yargs does not know lands before the program; a program that begins with a dash stands behind `--`.
  if (command[0]?.startsWith('-') && !(argv[start - 1] === '--' && argv[start] === command[0]))
    throw unknownOption(command[0])
  return { values: new OptionValues(parsed), command }
}

function describeParserError({ message }: Error): string {
  const name = /: ([a-z-]+)$/.exec(message)?.[1]
  const option = OPTIONS.find((candidate) => name !== undefined && [candidate.name, candidate.alias].includes(name))
  if (option === undefined) return message
  return option.value === undefined
    ? `${spell(option.name)} takes no value`
    : `${spell(option.name)} needs a value: ${option.value}`
}

function unknownOption(word: string): UsageError {
  const name = word.replace(/=.*$/s, '')
  const glued = /^-([nNHfx])=?([!-~]{1,80})$/.exec(word)
  const near = nearest(name.replace(/^-+/, ''), OPTION_NAMES)
  const hint =
    glued !== null && /^-[nN]\d+$|^-[Hfx]/.test(word)
      ? `: write -${glued[1]} ${glued[2]}`
      : near === undefined
        ? ''
        : `: did you mean ${spell(near)}?`
  return new UsageError(`unknown option ${quote(name)}${hint}`)
}

function readApplication(part: Part, index: number, parts: number, surroundings: Surroundings): Application {
  // First of all: `-n ring.ts` takes the program for its value.
  const ranks = part.values.integer('n', 1, MAXIMUM_RANKS)
  const [program, ...programArguments] = part.command
  if (program === undefined || program === '') {
    const where = parts === 1 ? '' : ` in part ${index + 1} of ${parts} (parts are divided by a lone ":")`
    throw new UsageError(`no program given${where}: zmpirun [options] program [arguments]`)
  }
  return {
    ranks,
    program,
    arguments: programArguments,
    environment: readEnvironment(part.values.texts('x'), surroundings.environment),
    workingDirectory: resolve(surroundings.workingDirectory, part.values.text('wdir') ?? '.'),
  }
}

function readEnvironment(settings: readonly string[], own: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const setting of settings) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(setting) ?? []
    if (name === undefined) throw illegal('x', setting, 'NAME or NAME=VALUE, the name of letters, digits and _')
    const effective = value ?? own[name]
    if (effective === undefined)
      throw new UsageError(`-x ${name}: ${name} is not set here; set it, or give a value: -x ${name}=VALUE`)
    environment[name] = effective
  }
  return environment
}

function readJobOptions(given: OptionValues, surroundings: Surroundings): Omit<LaunchOptions, 'applications'> {
  if (given.flag('host') && given.flag('hostfile')) throw new UsageError('give either --host or --hostfile, not both')
  if (given.flag('label') && given.flag('no-label')) throw new UsageError('give either --label or --no-label, not both')
  const output = given.text('output')
  return {
    ranksPerHost: given.integer('ppn', 1, MAXIMUM_RANKS),
    hosts: given.text('host'),
    hostfile: given.text('hostfile'),
    mapBy: given.choice('map-by', ['slot', 'node']) ?? 'slot',
    bindTo: given.choice('bind-to', ['none', 'core']) ?? 'none',
    oversubscribe: given.flag('oversubscribe'),
    label: given.flag('label') ? true : given.flag('no-label') ? false : undefined,
    timestamp: given.flag('timestamp'),
    outputDirectory: output === undefined ? undefined : resolve(surroundings.workingDirectory, output),
    stdin: readStdin(given),
    timeout: given.seconds('timeout') || undefined,
    strict: given.flag('strict'),
    killGrace: given.seconds('kill-grace') ?? 5,
    transport: given.choice('transport', ['auto', 'zmq', 'shm']) ?? 'auto',
    interface: given.text('interface', /^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'a name as eth0 or a subnet as 10.0.0.0/8'),
    launcher: given.choice('launcher', ['ssh', 'slurm', 'local']),
    lease: readLease(given),
    insecure: given.flag('insecure'),
    sshArguments: given.text('ssh-args'),
    displayMap: given.flag('display-map'),
    dryRun: given.flag('dry-run'),
    verbose: given.flag('verbose'),
    logLevel: given.choice('log-level', LOG_LEVELS) ?? (given.flag('verbose') ? 'info' : 'warn'),
  }
}

function readStdin(given: OptionValues): number | 'all' | 'none' {
  const text = given.text('stdin', /^(\d{1,5}|all|none)$/, 'a rank, all or none') ?? '0'
  return text === 'all' || text === 'none' ? text : Number(text)
}

function readLease(given: OptionValues): number {
  const seconds = given.seconds('lease') ?? 5
  if (seconds < 0.5) throw illegal('lease', String(seconds), 'at least 0.5 seconds')
  return seconds
}
