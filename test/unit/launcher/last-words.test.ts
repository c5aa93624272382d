import { expect } from 'chai'
import { LAST_WORDS_MARKER } from '../../../src/bootstrap/last-words.ts'
import { LastWordsFilter } from '../../../src/launcher/last-words.ts'

/** Feeds `text` in pieces of `size` bytes; returns what was shown and what was held. */
function feed(filter: LastWordsFilter, text: string, size: number): { shown: string; held: string } {
  const bytes = Buffer.from(text, 'latin1')
  const shown: Buffer[] = []
  const held: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const part = filter.push(bytes.subarray(at, at + size))
    shown.push(part.shown)
    held.push(part.held)
  }
  shown.push(filter.end())
  return { shown: Buffer.concat(shown).toString('latin1'), held: Buffer.concat(held).toString('latin1') }
}
const texts = (filter: LastWordsFilter) => filter.lastWords().lines.map((line) => line.toString('latin1'))

describe('LastWordsFilter', () => {
  const before = 'warming up\n\0zmpi:\0\xff'
  const stack = 'Error: no\n    at here\n'

  it('holds back what follows the marker, wherever the chunks are cut', () => {
    for (let size = 1; size < 60; size++) {
      const filter = new LastWordsFilter()
      expect(feed(filter, before + LAST_WORDS_MARKER + stack, size)).to.deep.equal({ shown: before, held: stack })
      expect(filter.lastWords().alreadyShown).to.equal(false)
      expect(texts(filter)).to.deep.equal(['Error: no', '    at here'])
    }
  })

  it('shows everything of a rank that never writes the marker, beginnings of it too', () => {
    for (let size = 1; size < 40; size++)
      for (const end of ['', '\0', LAST_WORDS_MARKER.slice(0, -1), `${LAST_WORDS_MARKER.slice(0, -1)}x`])
        expect(feed(new LastWordsFilter(), before + end, size)).to.deep.equal({ shown: before + end, held: '' })
  })

  it('gives the last five lines, flagged as shown, when there is no marker', () => {
    const filter = new LastWordsFilter()
    feed(filter, '1\n2\n3\n4\n5\n6\n7', 3)
    expect(texts(filter)).to.deep.equal(['3', '4', '5', '6', '7'])
    expect(filter.lastWords().alreadyShown).to.equal(true)
    expect(new LastWordsFilter().lastWords()).to.deep.equal({ lines: [], alreadyShown: true })
  })

  it('drops a line whose head it has forgotten', () => {
    const filter = new LastWordsFilter()
    feed(filter, `${'x'.repeat(5000)}\nend\n`, 1000)
    expect(texts(filter)).to.deep.equal(['end'])
  })

  it('keeps the head of long last words and says how much is missing', () => {
    const filter = new LastWordsFilter()
    feed(filter, `${LAST_WORDS_MARKER}first\n${'y'.repeat(100_000)}`, 4096)
    const lines = texts(filter)
    expect(lines[0]).to.equal('first')
    expect(lines[1]).to.equal('y'.repeat(65536 - 6))
    expect(lines.at(-1)).to.equal(`… and ${100_006 - 65536} more bytes`.replace('…', '\xe2\x80\xa6'))
  })

  it('gives up what it holds once, and then lets everything pass', () => {
    const filter = new LastWordsFilter()
    filter.push(Buffer.from(`${LAST_WORDS_MARKER}held\n`))
    expect(filter.release().toString()).to.equal('held\n')
    expect(filter.release().toString()).to.equal('')
    expect(filter.push(Buffer.from('later\n')).shown.toString()).to.equal('later\n')
    expect(filter.lastWords().alreadyShown).to.equal(true)
  })
})
