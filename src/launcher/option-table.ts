/** Every option of `zmpirun`: its names, its value and its line in the help. */

/** More ranks than this are a slip of the finger. */
export const MAXIMUM_RANKS = 65_536

interface Option {
  /** As the command line spells it, without dashes. */
  readonly name: string
  readonly alias?: string
  /** How the help calls the value; absent: the option is a flag. */
  readonly value?: string
  readonly describe: string
  readonly group: string
}

const RANKS = 'Ranks and hosts:'
const PROGRAM = 'Program (each program of the line has its own -n, -x and --wdir):'
const STREAMS = 'Input and output:'
const JOB = 'Job:'
const NETWORK = 'Transport:'
const INSIGHT = 'Insight:'

const TABLE = [
  {
    name: 'n',
    alias: 'np',
    value: 'N',
    group: RANKS,
    describe: 'ranks; default: all slots (this machine: its cores)',
  },
  { name: 'ppn', alias: 'N', value: 'N', group: RANKS, describe: 'ranks per host' },
  {
    name: 'host',
    alias: 'H',
    value: 'HOSTS',
    group: RANKS,
    describe: 'h1:2,h2 or n[01-16]; the number is that of slots',
  },
  {
    name: 'hostfile',
    alias: 'f',
    value: 'FILE',
    group: RANKS,
    describe: 'one host a line, as "h1 slots=2" or "h1:2"; default: $ZMPI_HOSTFILE, else the job of Slurm, LSF or PBS',
  },
  {
    name: 'map-by',
    value: 'slot|node',
    group: RANKS,
    describe: 'slot: fill one host after the other (default); node: deal ranks out in turn',
  },
  {
    name: 'bind-to',
    value: 'none|core',
    group: RANKS,
    describe: 'core: each rank stays on one core; default: none',
  },
  { name: 'oversubscribe', group: RANKS, describe: 'allow more ranks than slots' },
  {
    name: 'x',
    value: 'NAME[=VALUE]',
    group: PROGRAM,
    describe: 'an environment variable of the ranks; may be repeated',
  },
  {
    name: 'wdir',
    value: 'DIR',
    group: PROGRAM,
    describe: 'working directory of the ranks; a relative program is looked up there',
  },
  { name: 'label', group: STREAMS, describe: 'put "[rank] " before each line; default: with more than one rank' },
  { name: 'no-label', group: STREAMS, describe: 'lines as they are' },
  { name: 'timestamp', group: STREAMS, describe: 'put the time before each line' },
  {
    name: 'output',
    value: 'DIR',
    group: STREAMS,
    describe: "also copy each rank's bytes to DIR/rank-R.out and DIR/rank-R.err",
  },
  {
    name: 'stdin',
    value: 'RANK|all|none',
    group: STREAMS,
    describe: 'who gets the input; default: 0',
  },
  {
    name: 'timeout',
    value: 'S',
    group: JOB,
    describe: 'time limit after which the job is ended with status 110, in seconds',
  },
  { name: 'strict', group: JOB, describe: 'messages that nobody received make the exit status 70' },
  { name: 'kill-grace', value: 'S', group: JOB, describe: 'seconds from SIGTERM to SIGKILL; default: 5' },
  {
    name: 'transport',
    value: 'auto|zmq|shm',
    group: NETWORK,
    describe: 'auto (default), zmq: ZeroMQ only, shm: shared memory or nothing',
  },
  {
    name: 'interface',
    value: 'NAME|SUBNET',
    group: NETWORK,
    describe: 'network between hosts, as eth0 or 10.0.0.0/8',
  },
  {
    name: 'lease',
    value: 'S',
    group: NETWORK,
    describe: 'seconds of silence after which another host is taken for lost; default: 5',
  },
  { name: 'insecure', group: NETWORK, describe: 'between hosts: no encryption, and nobody has to prove who they are' },
  {
    name: 'launcher',
    value: 'ssh|slurm|local',
    group: NETWORK,
    describe:
      'how other hosts are reached; default: slurm in a job of Slurm, else ssh; local: not at all, all run here',
  },
  { name: 'ssh-args', value: 'ARGS', group: NETWORK, describe: 'further arguments for ssh' },
  { name: 'display-map', group: INSIGHT, describe: 'print where each rank runs, then run' },
  { name: 'dry-run', group: INSIGHT, describe: 'print where each rank would run, and start nothing' },
  { name: 'verbose', alias: 'v', group: INSIGHT, describe: 'tell what the launcher does' },
  {
    name: 'log-level',
    value: 'LEVEL',
    group: INSIGHT,
    describe: 'trace, debug, info, warn (default), error, fatal, silent',
  },
  { name: 'version', group: INSIGHT, describe: 'print the version' },
  { name: 'help', alias: 'h', group: INSIGHT, describe: 'print this text' },
] as const satisfies readonly Option[]

export type OptionName = (typeof TABLE)[number]['name']

export const OPTIONS: readonly (Option & { readonly name: OptionName })[] = TABLE

/** All names and aliases. */
export const OPTION_NAMES: readonly string[] = OPTIONS.flatMap(({ name, alias }) => (alias ? [name, alias] : [name]))
