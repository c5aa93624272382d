import { expect } from 'chai'
import { map, renderMap, type Host, type MappingOptions } from '../../../src/launcher/mapping.ts'
import type { Application } from '../../../src/launcher/options.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const program = (ranks?: number, name = 'p', words: string[] = []): Application => ({
  ranks,
  program: name,
  arguments: words,
  environment: {},
  workingDirectory: '/',
})
const host = (name: string, slots: number, more: Partial<Host> = {}): Host => ({
  name,
  user: undefined,
  slots,
  maxSlots: undefined,
  cores: [0, 1],
  isLocal: false,
  ...more,
})
const plain: MappingOptions = { ranksPerHost: undefined, mapBy: 'slot', bindTo: 'none', oversubscribe: false }
const here = (slots: number, more: Partial<Host> = {}) => host('here', slots, { isLocal: true, ...more })

/** Host names in rank order. */
function hostsOf(ranks: number | undefined, hosts: Host[], options: Partial<MappingOptions> = {}): string {
  return map([program(ranks)], hosts, { ...plain, ...options })
    .placements.map((placement) => placement.host.name)
    .join(' ')
}

function refusal(...parameters: Parameters<typeof map>): string {
  try {
    map(...parameters)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  throw new Error('accepted')
}

describe('map', () => {
  const three = [host('a', 2), host('b', 1), host('c', 2)]

  it('starts a rank on every slot unless told otherwise', () => {
    expect(hostsOf(undefined, three)).to.equal('a a b c c')
    expect(hostsOf(undefined, [here(3)])).to.equal('here here here')
  })

  it('fills one host after the other by slot, and deals ranks out by node', () => {
    expect(hostsOf(4, three)).to.equal('a a b c')
    expect(hostsOf(4, three, { mapBy: 'node' })).to.equal('a b c a')
    expect(hostsOf(5, three, { mapBy: 'node' })).to.equal('a b c a c')
  })

  it('numbers ranks within their host', () => {
    const { placements } = map([program(5)], three, { ...plain, mapBy: 'node' })
    expect(placements.map(({ rank, localRank, localSize }) => [rank, localRank, localSize])).to.deep.equal([
      [0, 0, 2],
      [1, 0, 1],
      [2, 0, 2],
      [3, 1, 2],
      [4, 1, 2],
    ])
  })

  it('gives each host as many ranks as --ppn says', () => {
    expect(hostsOf(undefined, three, { ranksPerHost: 1 })).to.equal('a b c')
    expect(hostsOf(2, three, { ranksPerHost: 1 })).to.equal('a b')
    expect(hostsOf(undefined, [here(2)], { ranksPerHost: 3 })).to.equal('here here here')
    expect(hostsOf(undefined, three, { ranksPerHost: 2, oversubscribe: true })).to.equal('a a b b c c')
  })

  it('binds to the cores that may be used, in turn', () => {
    const { placements } = map([program(5)], [here(8, { cores: [2, 3, 7] })], { ...plain, bindTo: 'core' })
    expect(placements.map(({ core }) => core)).to.deep.equal([2, 3, 7, 2, 3])
    expect(map([program(1)], [here(1)], plain).placements[0]?.core).to.equal(undefined)
  })

  it('gives consecutive ranks to the programs of the line', () => {
    const { placements } = map([program(1, 'a'), program(2, 'b')], [here(3)], plain)
    expect(placements.map(({ application }) => application)).to.deep.equal([0, 1, 1])
  })

  it('S67 allows more ranks than local slots with one line of warning, silenced by --oversubscribe', () => {
    const { placements, warnings } = map([program(4)], [here(2)], plain)
    expect(placements).to.have.lengthOf(4)
    expect(warnings).to.have.lengthOf(1)
    expect(warnings[0]).to.match(/^4 ranks on 2 slots of here: /)
    expect(map([program(2)], [here(2)], plain).warnings).to.deep.equal([])
    expect(map([program(4)], [here(2)], { ...plain, oversubscribe: true }).warnings).to.deep.equal([])
  })

  it('spreads what exceeds the slots evenly, within max_slots', () => {
    expect(hostsOf(8, three, { oversubscribe: true })).to.equal('a a a b b c c c')
    expect(hostsOf(8, [host('a', 1), host('b', 1, { maxSlots: 2 })], { oversubscribe: true })).to.equal(
      'a a a a a a b b',
    )
    expect(hostsOf(6, three, { oversubscribe: true, mapBy: 'node' })).to.equal('a b c a c a')
  })

  it('refuses more ranks than remote slots, naming both numbers', () => {
    expect(refusal([program(6)], three, plain)).to.match(/^6 ranks, but 3 hosts have 5 slots: .*--oversubscribe/)
    expect(refusal([program(2)], [host('a', 1)], plain)).to.match(/^2 ranks, but a has 1 slot: .*--oversubscribe/)
    expect(refusal([program(4)], [here(1), host('a', 1)], plain)).to.match(/^4 ranks, but 2 hosts have 2 slots/)
    expect(refusal([program()], [host('a', 1)], { ...plain, ranksPerHost: 2 })).to.match(/^2 ranks, but a has 1 slot: /)
  })

  it('refuses what --ppn or max_slots leave no room for', () => {
    expect(refusal([program(3)], [here(8)], { ...plain, ranksPerHost: 2 })).to.equal(
      '3 ranks, but here has room for 2 at --ppn 2: raise --ppn or lower -n',
    )
    expect(refusal([program(5)], [here(1, { maxSlots: 3 })], plain)).to.equal(
      '5 ranks, but here has room for 3 at most (max_slots): lower -n',
    )
  })

  it('refuses several programs of which one does not say its number of ranks', () => {
    expect(refusal([program(1, 'a'), program(undefined, 'b.js')], [here(4)], plain)).to.equal(
      '-n is missing for b.js: with more than one program, each says its number of ranks',
    )
  })

  it('refuses more than 65536 ranks in all', () => {
    expect(refusal([program(65536), program(1)], [here(4)], plain)).to.equal('65537 ranks: at most 65536 are allowed')
  })
})

describe('renderMap', () => {
  it('shows rank, host, core and the command as a shell would read it', () => {
    const applications = [program(1, 'ring.ts', ['a b', `it's`, '*', '', '--x=1']), program(1, './b')]
    const { placements } = map(applications, [here(2)], { ...plain, bindTo: 'core' })
    expect(renderMap(placements, applications)).to.equal(
      `rank  host  core  program\n` +
        `0     here  0     ring.ts 'a b' 'it'\\''s' '*' '' --x=1\n` +
        `1     here  1     ./b\n`,
    )
  })
})
