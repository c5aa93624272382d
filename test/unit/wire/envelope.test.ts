import { expect } from 'chai'
import { ANY_SOURCE, ANY_TAG, matches, PROC_NULL, TAG_MAX } from '../../../src/wire/envelope.ts'

describe('matches', () => {
  const message = { context: 4, source: 3, tag: 7 }

  for (const [pattern, expected] of [
    [{ context: 4, source: 3, tag: 7 }, true],
    [{ context: 4, source: ANY_SOURCE, tag: 7 }, true],
    [{ context: 4, source: 3, tag: ANY_TAG }, true],
    [{ context: 4, source: ANY_SOURCE, tag: ANY_TAG }, true],
    [{ context: 5, source: ANY_SOURCE, tag: ANY_TAG }, false],
    [{ context: 4, source: 2, tag: ANY_TAG }, false],
    [{ context: 4, source: ANY_SOURCE, tag: 8 }, false],
    [{ context: 4, source: PROC_NULL, tag: ANY_TAG }, false],
  ] as const)
    it(`says ${expected} for ${JSON.stringify(pattern)}`, () => expect(matches(pattern, message)).to.equal(expected))

  it('tells its constants apart from every rank and tag', () => {
    expect(new Set([ANY_SOURCE, ANY_TAG, PROC_NULL]).size).to.equal(3)
    expect(Math.max(ANY_SOURCE, ANY_TAG, PROC_NULL)).to.be.below(0)
    expect(TAG_MAX).to.equal(2147483647)
  })
})
