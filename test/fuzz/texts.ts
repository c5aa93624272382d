/** What users and schedulers write: hostfiles, host lists, command lines; and what ranks and agents say to the launcher. */
import { LineDecoder } from '../../src/bootstrap/control.ts'
import { parseHostfile, parseHostList } from '../../src/launcher/hostfile.ts'
import { parseCommandLine } from '../../src/launcher/options.ts'
import { decode } from '../../src/launcher/remote/messages.ts'
import { UsageError } from '../../src/launcher/usage-error.ts'
import { oddText, spoil, type Target } from './target.ts'

const HOSTS = [
  'node1',
  'n[1-3]',
  'gpu[01-04,7]',
  '[',
  ']',
  '-',
  ',',
  ':',
  ':4',
  '@',
  'anna@',
  ' ',
  '\n',
  '\r\n',
  '#',
  'slots=2',
  ' max_slots=4',
  ' user=bob',
  '=',
  '[fe80::1]',
  '192.0.2.1',
  '1-999999999',
  '\uFEFF',
  '-oProxyCommand=x',
  '$(x)',
  '__proto__',
  'constructor',
]

/** Only a complaint to the user may come of it, in one line of bearable length. */
function expectComplaint(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    if (error.message.length > 1000 || error.message.includes('\n'))
      throw new Error(`a complaint of ${error.message.length} characters: ${error.message.slice(0, 500)}`, {
        cause: error,
      })
  }
}

export const hostfiles: Target = {
  name: 'hostfiles',
  share: 45,
  attack: (random) => expectComplaint(() => void parseHostfile(oddText(HOSTS, random), 'hosts')),
}

export const hostLists: Target = {
  name: 'host lists',
  share: 45,
  attack: (random) => expectComplaint(() => void parseHostList(oddText(HOSTS, random))),
}

const WORDS = [
  '-n',
  '4',
  '--host',
  'h1:2',
  '--hostfile=',
  '-x',
  'A=B',
  '-np',
  '--',
  ':',
  '--output',
  '--timeout',
  '1e9',
  '-1',
  '--no-label',
  '--label',
  '--map-by',
  'node',
  'ring.ts',
  '--__proto__',
  '--__proto__.polluted=1',
  '--constructor.prototype.polluted',
  '--toString',
  '--stdin',
  '--lease',
  '--log-level',
  '-H',
  '',
]

export const commandLines: Target = {
  name: 'command lines',
  share: 15,
  attack: (random) => {
    const argv = Array.from({ length: random.below(7) }, () => {
      if (random.chance(0.8)) return random.pick(WORDS)
      // An argument cannot hold a NUL.
      return oddText(WORDS, random).replaceAll('\0', '')
    })
    const surroundings = { environment: { HOME: '/' }, workingDirectory: '/', version: '1' }
    expectComplaint(() => void parseCommandLine(argv, surroundings))
  },
}

const LINES = Buffer.from(
  '{"type":"where","ranks":[1,2]}\n{"type":"ended","sent":[[1,2]],"received":[],"__proto__":{"polluted":1}}\n',
)

export const controlLines: Target = {
  name: 'control messages',
  share: 5,
  attack: (random) => {
    const bytes = Buffer.from(spoil(LINES, random))
    try {
      new LineDecoder<object>((message) => void JSON.stringify(message)).push(bytes.toString())
      decode([bytes])
    } catch (error) {
      // Whoever reads it gives the connection up at any error.
      if (!(error instanceof Error)) throw error
    }
  },
}
