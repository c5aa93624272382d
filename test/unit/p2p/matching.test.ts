import { expect } from 'chai'
import { Matching } from '../../../src/p2p/matching.ts'
import { ANY_SOURCE, ANY_TAG, matches, TAG_MAX, type Envelope, type Pattern } from '../../../src/wire/envelope.ts'
import { Random } from '../../support/random.ts'

interface Named extends Envelope {
  readonly name: string
}

const named = (name: string, source: number, tag: number, context = 0): Named => ({ name, context, source, tag })

/** The same, by the letter: two plain lists. */
class Oracle {
  posted: Pattern[] = []
  unexpected: Envelope[] = []

  post(receive: Pattern): Envelope | undefined {
    const at = this.unexpected.findIndex((message) => matches(receive, message))
    if (at < 0) this.posted.push(receive)
    return at < 0 ? undefined : this.unexpected.splice(at, 1)[0]
  }

  arrive(message: Envelope): Pattern | undefined {
    const at = this.posted.findIndex((receive) => matches(receive, message))
    if (at < 0) this.unexpected.push(message)
    return at < 0 ? undefined : this.posted.splice(at, 1)[0]
  }

  probe(pattern: Pattern): Envelope | undefined {
    return this.unexpected.find((message) => matches(pattern, message))
  }

  cancel(receive: Pattern): boolean {
    const at = this.posted.indexOf(receive)
    if (at >= 0) this.posted.splice(at, 1)
    return at >= 0
  }

  forget(context: number): { posted: Pattern[]; unexpected: Envelope[] } {
    const gone = {
      posted: this.posted.filter((receive) => receive.context === context),
      unexpected: this.unexpected.filter((message) => message.context === context),
    }
    this.posted = this.posted.filter((receive) => receive.context !== context)
    this.unexpected = this.unexpected.filter((message) => message.context !== context)
    return gone
  }
}

describe('Matching', () => {
  describe('order', () => {
    it('gives the messages of one sender and tag to receives in the order of arrival (S1)', () => {
      const matching = new Matching<Named, Named>()
      const messages = Array.from({ length: 10_000 }, (_, i) => named(`m${i}`, 0, 0))
      for (const message of messages) matching.arrive(message)
      for (const message of messages) expect(matching.post(named('r', 0, 0))).to.equal(message)
    })

    it('gives a receive of any tag the first of the sender’s messages, and then the second by its tag (S2)', () => {
      const matching = new Matching<Named, Named>()
      const a = named('a', 0, 1)
      const b = named('b', 0, 2)
      matching.arrive(a)
      matching.arrive(b)
      expect(matching.post(named('r', 0, ANY_TAG))).to.equal(a)
      expect(matching.post(named('r', 0, 2))).to.equal(b)
    })

    it('lets a receive select a later message by its tag (S3)', () => {
      const matching = new Matching<Named, Named>()
      const a = named('a', 0, 1)
      const b = named('b', 0, 2)
      matching.arrive(a)
      matching.arrive(b)
      expect(matching.post(named('r', 0, 2))).to.equal(b)
      expect(matching.post(named('r', 0, 1))).to.equal(a)
    })

    it('gives a message to the earliest posted of the receives that it matches, wildcard or not (S4)', () => {
      const matching = new Matching<Named, Named>()
      const anyTag = named('any tag', 0, ANY_TAG)
      const exact = named('exact', 0, 5)
      matching.post(anyTag)
      matching.post(exact)
      expect(matching.arrive(named('x', 0, 5))).to.equal(anyTag)
      expect(matching.arrive(named('y', 0, 5))).to.equal(exact)

      const seven = named('seven', 0, 7)
      const any = named('any', ANY_SOURCE, ANY_TAG)
      matching.post(seven)
      matching.post(any)
      expect(matching.arrive(named('x', 0, 5))).to.equal(any)
      expect(matching.arrive(named('y', 0, 7))).to.equal(seven)
    })

    it('keeps each sender’s order for a receive from any source (S6)', () => {
      const matching = new Matching<Named, Named>()
      for (let i = 0; i < 50; i++) for (const source of [0, 1]) matching.arrive(named(`${source}.${i}`, source, 0))
      const names = Array.from({ length: 100 }, () => matching.post(named('r', ANY_SOURCE, 0))?.name ?? '')
      for (const source of ['0', '1'])
        expect(names.filter((name) => name.startsWith(source))).to.deep.equal(
          Array.from({ length: 50 }, (_, i) => `${source}.${i}`),
        )
    })

    it('never matches across contexts, not even with wildcards (S9)', () => {
      const matching = new Matching<Named, Named>()
      const any = named('any', ANY_SOURCE, ANY_TAG, 1)
      matching.post(any)
      expect(matching.arrive(named('other', 0, 0, 2))).to.equal(undefined)
      expect(matching.arrive(named('own', 0, 0, 1))).to.equal(any)
      expect(matching.post(named('late', ANY_SOURCE, ANY_TAG, 1))).to.equal(undefined)
    })

    it('tells messages apart at the limits of context, source and tag', () => {
      const limits = [0, 1, 2 ** 32 - 1].flatMap((context) =>
        [0, 1, 2 ** 20 - 1].flatMap((source) =>
          [0, 1, TAG_MAX].map((tag) => named(`${context} ${source} ${tag}`, source, tag, context)),
        ),
      )
      const matching = new Matching<Named, Named>()
      for (const message of limits) matching.arrive(message)
      for (const message of limits.toReversed())
        expect(matching.post({ ...message, name: 'receive' })).to.equal(message)
    })
  })

  it('agrees with plain lists in random programs', () => {
    for (let seed = 1; seed <= 120; seed++) {
      const random = new Random(seed)
      const matching = new Matching<Pattern, Envelope>()
      const oracle = new Oracle()
      const sources = 1 + random.below(4)
      const tags = 1 + random.below(40)
      const wild = random.pick([0, 0.05, 0.4])
      const posts = random.pick([0.2, 0.5, 0.8])
      const envelope = (): Envelope => ({
        context: random.below(2),
        source: random.below(sources),
        tag: random.below(tags),
      })
      const pattern = (): Pattern => {
        const { context, source, tag } = envelope()
        return { context, source: random.chance(wild) ? ANY_SOURCE : source, tag: random.chance(wild) ? ANY_TAG : tag }
      }
      for (let step = 0; step < 2000; step++) {
        const at = `seed ${seed}, step ${step}`
        const choice = random.below(1000)
        if (choice < 50) {
          const wanted = pattern()
          expect(matching.probe(wanted), at).to.equal(oracle.probe(wanted))
        } else if (choice < 100 && oracle.posted.length > 0) {
          const receive = random.pick(oracle.posted)
          expect([matching.cancel(receive), matching.cancel(receive)], at).to.deep.equal([
            oracle.cancel(receive),
            false,
          ])
        } else if (choice < 102) {
          const context = random.below(2)
          expect(matching.forget(context), at).to.deep.equal(oracle.forget(context))
        } else if (random.chance(posts)) {
          const receive = pattern()
          expect(matching.post(receive), at).to.equal(oracle.post(receive))
        } else {
          const message = envelope()
          expect(matching.arrive(message), at).to.equal(oracle.arrive(message))
        }
      }
      expect([...matching.posted], `seed ${seed}`).to.deep.equal(oracle.posted)
      expect([...matching.unexpected], `seed ${seed}`).to.deep.equal(oracle.unexpected)
      expect([matching.posted.size, matching.unexpected.size]).to.deep.equal([
        oracle.posted.length,
        oracle.unexpected.length,
      ])
    }
  }).timeout(60_000)

  describe('probe', () => {
    it('tells the message that a receive would get and leaves it', () => {
      const matching = new Matching<Named, Named>()
      const message = named('m', 3, 9)
      expect(matching.probe(named('p', ANY_SOURCE, ANY_TAG))).to.equal(undefined)
      matching.arrive(message)
      expect(matching.probe(named('p', ANY_SOURCE, ANY_TAG))).to.equal(message)
      expect(matching.probe(named('p', 3, 9))).to.equal(message)
      expect(matching.probe(named('p', 3, 8))).to.equal(undefined)
      expect(matching.post(named('r', 3, 9))).to.equal(message)
    })
  })

  describe('cancel', () => {
    it('leaves a later message to the next receive (S27)', () => {
      const matching = new Matching<Named, Named>()
      const first = named('first', 0, 0)
      const second = named('second', 0, 0)
      matching.post(first)
      matching.post(second)
      expect(matching.cancel(first)).to.equal(true)
      expect(matching.arrive(named('m', 0, 0))).to.equal(second)
    })

    it('tells when a receive already has its message', () => {
      const matching = new Matching<Named, Named>()
      const receive = named('r', 0, 0)
      matching.post(receive)
      matching.arrive(named('m', 0, 0))
      expect(matching.cancel(receive)).to.equal(false)
    })
  })

  describe('forget', () => {
    it('takes out what waits in one context and leaves the others', () => {
      const matching = new Matching<Named, Named>()
      const gone = [named('a', 0, 1, 7), named('b', ANY_SOURCE, 2, 7)]
      const stays = named('c', 0, 1, 8)
      for (const receive of [...gone, stays]) matching.post(receive)
      const message = named('m', 5, 5, 7)
      matching.arrive(message)
      expect(matching.forget(7)).to.deep.equal({ posted: gone, unexpected: [message] })
      expect(matching.forget(7)).to.deep.equal({ posted: [], unexpected: [] })
      expect([...matching.posted]).to.deep.equal([stays])
    })
  })

  describe('work', () => {
    /** Counts how often its tag is looked at. */
    class Counted implements Envelope {
      static looks = 0
      readonly context = 0
      readonly source: number
      readonly #tag: number

      constructor(source: number, tag: number) {
        this.source = source
        this.#tag = tag
      }

      get tag(): number {
        Counted.looks++
        return this.#tag
      }
    }

    const looksOf = (work: () => void): number => {
      Counted.looks = 0
      work()
      return Counted.looks
    }
    const MANY = 20_000

    it('does not look at other unexpected messages again and again', () => {
      const matching = new Matching<Pattern, Envelope>()
      for (let i = 0; i < MANY; i++) matching.arrive(new Counted(i % 7, 1 + (i % 1000)))
      for (const source of [3, ANY_SOURCE]) {
        const receive = { context: 0, source, tag: 5000 }
        const looks = looksOf(() => {
          for (let i = 0; i < 1000; i++) {
            const message = { context: 0, source: 3, tag: 5000 }
            matching.arrive(message)
            expect(matching.probe(receive)).to.equal(message)
            expect(matching.post(receive)).to.equal(message)
          }
        })
        // Once to find the place of each, not a thousand times.
        expect(looks).to.be.below(4 * MANY)
      }
    })

    it('D4 looks at a handful of messages for each operation while a million of other tags wait', function () {
      this.timeout(120_000)
      const matching = new Matching<Pattern, Envelope>()
      for (let i = 0; i < 1_000_000; i++) matching.queue(new Counted(i % 7, 1 + (i % 1000)))
      const receive = { context: 0, source: 3, tag: 5000 }
      // The first search puts each message in its place.
      expect(looksOf(() => matching.probe(receive))).to.be.below(3_000_000)
      const looks = looksOf(() => {
        for (let i = 0; i < 1000; i++) {
          matching.arrive({ context: 0, source: 3, tag: 5000 })
          expect(matching.post(receive)?.tag).to.equal(5000)
          expect(matching.post({ context: 0, source: i % 7, tag: 1 + (i % 1000) })?.source).to.equal(i % 7)
        }
      })
      expect(looks).to.be.below(10 * 1000)
    })

    it('takes messages out in any order of tags without looking at the rest', () => {
      const matching = new Matching<Pattern, Envelope>()
      for (let tag = 0; tag < MANY; tag++) matching.arrive(new Counted(tag % 7, tag))
      const looks = looksOf(() => {
        for (let tag = MANY - 1; tag >= 0; tag--)
          expect(matching.post({ context: 0, source: tag % 2 === 0 ? ANY_SOURCE : tag % 7, tag })?.source).to.equal(
            tag % 7,
          )
      })
      expect(matching.unexpected.size).to.equal(0)
      expect(looks).to.be.below(4 * MANY)
    })

    it('does not look at other posted receives again and again, nor to cancel them', () => {
      const matching = new Matching<Pattern, Envelope>()
      const receives = Array.from({ length: MANY }, (_, tag) => new Counted(tag % 7, tag))
      for (const receive of receives) matching.post(receive)
      const looks = looksOf(() => {
        for (let tag = MANY - 1; tag >= 0; tag -= 2)
          expect(matching.arrive({ context: 0, source: tag % 7, tag })).to.equal(receives[tag])
        for (let tag = MANY - 2; tag >= 0; tag -= 2) expect(matching.cancel(receives[tag] as Counted)).to.equal(true)
      })
      expect(matching.posted.size).to.equal(0)
      expect(looks).to.be.below(10 * MANY)
    })
  })
})
