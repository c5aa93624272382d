import { expect } from 'chai'
import { Collector } from '../../support/collector.ts'
import { formatLabel, prefixLines, wantsColour } from '../../../src/launcher/label.ts'

describe('prefixLines', () => {
  const prefix = (text: string, continues = false) =>
    prefixLines(Buffer.from('> '), Buffer.from(text, 'latin1'), continues).toString('latin1')

  const cases: [string, string, string][] = [
    ['', '', ''],
    ['a', '> a', 'a'],
    ['a\n', '> a\n', 'a\n'],
    ['\n', '> \n', '\n'],
    ['a\nb\n', '> a\n> b\n', 'a\n> b\n'],
    ['a\n\nb', '> a\n> \n> b', 'a\n> \n> b'],
    ['\xff\0\r\n\xc3', '> \xff\0\r\n> \xc3', '\xff\0\r\n> \xc3'],
  ]
  for (const [text, fresh, continued] of cases)
    it(`marks the lines of ${JSON.stringify(text)}`, () => {
      expect(prefix(text)).to.equal(fresh)
      expect(prefix(text, true)).to.equal(continued)
    })
})

describe('formatLabel', () => {
  it('is the rank in brackets, without padding', () => {
    expect(formatLabel(3, false)).to.equal('[3] ')
    expect(formatLabel(128, false)).to.equal('[128] ')
  })

  it('gives neighbours different colours and ends the colour before the line', () => {
    expect(formatLabel(0, true)).to.equal('\x1b[36m[0]\x1b[39m ')
    expect(formatLabel(0, true).slice(0, 5)).to.not.equal(formatLabel(1, true).slice(0, 5))
  })
})

describe('wantsColour', () => {
  const pipe = new Collector()
  const terminal = Object.assign(new Collector(), { isTTY: true })

  it('colours for a person only', () => {
    expect(wantsColour(terminal, {})).to.equal(true)
    expect(wantsColour(pipe, {})).to.equal(false)
    expect(wantsColour(terminal, { TERM: 'dumb' })).to.equal(false)
  })

  it('obeys NO_COLOR, and FORCE_COLOR before it', () => {
    expect(wantsColour(terminal, { NO_COLOR: '1' })).to.equal(false)
    expect(wantsColour(terminal, { NO_COLOR: '' })).to.equal(true)
    expect(wantsColour(pipe, { FORCE_COLOR: '1', NO_COLOR: '1' })).to.equal(true)
    expect(wantsColour(terminal, { FORCE_COLOR: '0' })).to.equal(false)
  })
})
