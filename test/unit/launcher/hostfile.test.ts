import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parseHostfile, parseHostList, type HostEntry } from '../../../src/launcher/hostfile.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const host = (name: string, slots?: number, more: Partial<HostEntry> = {}): HostEntry => ({
  name,
  user: undefined,
  slots,
  maxSlots: undefined,
  ...more,
})
const file = (text: string) => parseHostfile(text, 'hosts')

function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  throw new Error('accepted')
}

describe('parseHostfile', () => {
  it('reads both grammars, users and addresses', () => {
    const text =
      'h1\nh2 slots=2\nh3 slots=2 max_slots=4\nh4:8\nanna@h5 slots=1\nh6:2 user=bob\n192.0.2.1:3\n[2001:db8::1]:2\n[::2]\n'
    expect(file(text)).to.deep.equal([
      host('h1'),
      host('h2', 2),
      host('h3', 2, { maxSlots: 4 }),
      host('h4', 8),
      host('h5', 1, { user: 'anna' }),
      host('h6', 2, { user: 'bob' }),
      host('192.0.2.1', 3),
      host('2001:db8::1', 2),
      host('::2'),
    ])
  })

  it('reads files of other systems: byte order mark, CRLF, tabs, comments, no newline at the end', () => {
    expect(file('\uFEFF# hosts\r\n\r\n\th1\tslots=2 # fast\r\n  h2:1#slow')).to.deep.equal([
      host('h1', 2),
      host('h2', 1),
    ])
  })

  it('adds the slots of a host that is named again, one for a line without a number', () => {
    expect(file('h1 slots=2\nh2\nH1:3\nh2\nh2')).to.deep.equal([host('h1', 5), host('h2', 3)])
    expect(file('h1 slots=1 max_slots=2\nh1 slots=1 max_slots=3')).to.deep.equal([host('h1', 2, { maxSlots: 5 })])
  })

  it('expands ranges, in several dimensions, keeping the width of numbers', () => {
    expect(file('n[008-010,7]:2').map(({ name }) => name)).to.deep.equal(['n008', 'n009', 'n010', 'n7'])
    expect(file('g[1-2]-[01,3]x').map(({ name }) => name)).to.deep.equal(['g1-01x', 'g1-3x', 'g2-01x', 'g2-3x'])
  })

  it('takes no time for texts that are made to take long', () => {
    const refused = [
      `n${'[1]'.repeat(100_000)}`,
      `n[1-60000]${'[1]'.repeat(1000)}`,
      `n${'['.repeat(100_000)}`,
      'n[1-60000]\n'.repeat(5000),
      ','.repeat(100_000),
    ]
    const started = performance.now()
    for (const text of refused) {
      refusal(() => parseHostList(text))
      refusal(() => file(text))
    }
    // A second or two; before, each of them took minutes or all of the memory.
    expect(performance.now() - started).to.be.below(15_000)
    expect(parseHostList(Array.from({ length: 10_000 }, (_, i) => `n${i}`).join(','))).to.have.lengthOf(10_000)
  })

  it('reads ten thousand lines', () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `node${index} slots=4\n`).join('')
    expect(file(text)).to.have.lengthOf(10_000)
  })

  it('accepts the example of this project', () => {
    const entries = parseHostfile(
      readFileSync(new URL('../../../../hostfile.example', import.meta.url), 'utf8'),
      'example',
    )
    expect(entries.find(({ name }) => name === 'node1')?.slots).to.equal(6)
    expect(entries.map(({ name }) => name)).to.include.members(['localhost', 'gpu01', 'gpu07', '2001:db8::17'])
  })

  const refusals: [string, string][] = [
    ['', 'hosts: names no host'],
    ['# none\n\n', 'hosts: names no host'],
    ['h1\nh2 slots=0', 'hosts:2: slots "0": must be a whole number from 1 to 65536'],
    ['h1 slots=-1', 'hosts:1: slots "-1": must be a whole number from 1 to 65536'],
    ['h1 slots=abc', 'hosts:1: slots "abc": must be a whole number from 1 to 65536'],
    ['h1 slots=1e9', 'hosts:1: slots "1e9": must be a whole number from 1 to 65536'],
    ['h1 slots=', 'hosts:1: slots "": must be a whole number from 1 to 65536'],
    ['h1:', 'hosts:1: slots "": must be a whole number from 1 to 65536'],
    ['h1:2 slots=2', 'hosts:1: slots is given twice'],
    ['h1 slots=4 max_slots=2', 'hosts:1: max_slots 2 is less than slots 4'],
    ['h1 slot=2', 'hosts:1: "slot=2" is not known: legal are slots=N, max_slots=N and user=NAME'],
    ['h1 h2', 'hosts:1: "h2" is not known: legal are slots=N, max_slots=N and user=NAME'],
    ['::1', 'hosts:1: "::1" is not a host: legal are name, name:SLOTS, user@name and [IPv6]:SLOTS'],
    ['[::x]', 'hosts:1: "[::x]" is not an IPv6 address in brackets'],
    ['n[1-', 'hosts:1: "n[1-" is not a host: legal are name, name:SLOTS, user@name and [IPv6]:SLOTS'],
    ['n[3-1]', 'hosts:1: "n[3-1]": ["3-1"] is not a list of numbers and ranges as 1-3,7'],
    ['n[1-999999999]', 'hosts:1: "n[1-999999999]": more than 65536 hosts'],
    ['n[1-1000][1-1000]', 'hosts:1: "n[1-1000][1-1000]": more than 65536 hosts'],
    ['a;b@h1', 'hosts:1: "a;b" is not a user name'],
    ['-lroot@h1', 'hosts:1: "-lroot" is not a user name'],
  ]
  for (const [text, message] of refusals)
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(refusal(() => file(text))).to.equal(message)
    })

  for (const name of [
    '-oProxyCommand=touch',
    'a;b',
    '$(x)',
    '`x`',
    'a|b',
    "a'b",
    'a\0b',
    'héllo',
    'a/b',
    'x'.repeat(300),
    '.h',
    '_h',
  ])
    it(`refuses ${JSON.stringify(name.slice(0, 20))} as a name`, () => {
      expect(refusal(() => file(`ok\n${name}`))).to.match(/^hosts:2: .{1,200}$/)
    })
})

describe('parseHostList', () => {
  it('reads hosts with and without slots, ranges and addresses', () => {
    expect(parseHostList('h1:2, h2,bob@h3:1,[fe80::1]:4,n[1,3-4]:2')).to.deep.equal([
      host('h1', 2),
      host('h2'),
      host('h3', 1, { user: 'bob' }),
      host('fe80::1', 4),
      host('n1', 2),
      host('n3', 2),
      host('n4', 2),
    ])
  })

  it('adds the slots of a host that is named again', () => {
    expect(parseHostList('h1,h1,h1:2')).to.deep.equal([host('h1', 4)])
  })

  for (const text of ['', ',', 'h1,', 'h1,,h2', 'h1:0', '-h', 'h 1'])
    it(`refuses "${text}"`, () => {
      expect(refusal(() => parseHostList(text))).to.match(/^--host ".*": /)
    })
})
