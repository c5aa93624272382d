import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { expect } from 'chai'
import { Collector, settle, SlowCollector } from '../../support/collector.ts'
import { Random } from '../../support/random.ts'
import { LAST_WORDS_MARKER } from '../../../src/bootstrap/last-words.ts'
import { Output, outputStyle, type BrokenOutput, type OutputStyle } from '../../../src/launcher/output.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

const plain: OutputStyle = {
  size: 2,
  label: true,
  colour: { stdout: false, stderr: false },
  timestamp: false,
  directory: undefined,
  interactive: false,
}

function setUp<T extends Collector>(style: Partial<OutputStyle>, stdout: T, stderr: Collector = new Collector()) {
  const broken: BrokenOutput[] = []
  const targets = { stdout, stderr, shared: (stdout as Collector) === stderr }
  const output = new Output(targets, { ...plain, ...style }, (event) => broken.push(event))
  return { output, stdout, stderr, broken }
}

describe('Output', () => {
  it('labels each line of several ranks and keeps stdout and stderr apart', async () => {
    const { output, stdout, stderr } = setUp({}, new Collector())
    await output.attach(0, 'stdout', Readable.from([Buffer.from('a\nb\n')]))
    await output.attach(1, 'stderr', Readable.from([Buffer.from('c\n')]))
    await output.attach(1, 'stdout', Readable.from([Buffer.from('\nd')]))
    await output.close()
    expect(stdout.text).to.equal('[0] a\n[0] b\n[1] \n[1] d\n')
    expect(stderr.text).to.equal('[1] c\n')
  })

  it('passes bytes of a single rank unchanged and at once, lines or not', async () => {
    const { output, stdout } = setUp({ size: 1, label: false }, new Collector())
    const rank = new PassThrough()
    const attached = output.attach(0, 'stdout', rank)
    rank.write(Buffer.from([0x6e, 0x3f, 0x20, 0xff, 0x00]))
    await settle()
    expect(stdout.bytes).to.deep.equal(Buffer.from([0x6e, 0x3f, 0x20, 0xff, 0x00]))
    rank.end(Buffer.from([0x0a, 0xc3]))
    await attached
    await output.close()
    expect(stdout.bytes).to.deep.equal(Buffer.from([0x6e, 0x3f, 0x20, 0xff, 0x00, 0x0a, 0xc3]))
  })

  it('holds a line until it ends, so that characters cut between chunks stay whole', async () => {
    const { output, stdout } = setUp({}, new Collector())
    const [first, second] = [new PassThrough(), new PassThrough()]
    const attached = [output.attach(0, 'stdout', first), output.attach(1, 'stdout', second)]
    const [head, tail] = [Buffer.from('½€😀\n').subarray(0, 4), Buffer.from('½€😀\n').subarray(4)]
    first.write(head)
    await settle()
    second.end('second\n')
    await attached[1]
    first.end(tail)
    await Promise.all(attached)
    await output.close()
    expect(stdout.bytes.toString()).to.equal('[1] second\n[0] ½€😀\n')
  })

  it('without labels ends an unfinished line only when another follows', async () => {
    const { output, stdout } = setUp({ label: false, patience: 60_000 }, new Collector())
    await output.attach(0, 'stdout', Readable.from([Buffer.from('a\nb')]))
    await output.drained()
    expect(stdout.text).to.equal('a\nb')
    await output.attach(1, 'stdout', Readable.from([Buffer.from('c')]))
    await output.close()
    expect(stdout.text).to.equal('a\nb\nc')
  })

  it('puts the time behind the label, or alone', async () => {
    const clock = () => new Date(Date.UTC(2026, 0, 31, 12))
    const labelled = setUp({ timestamp: true, clock }, new Collector())
    await labelled.output.attach(1, 'stdout', Readable.from([Buffer.from('a\nb\n')]))
    await labelled.output.close()
    expect(labelled.stdout.text).to.equal('[1] 2026-01-31T12:00:00.000Z a\n[1] 2026-01-31T12:00:00.000Z b\n')
    const bare = setUp({ timestamp: true, label: false, size: 1, clock }, new Collector())
    await bare.output.attach(0, 'stdout', Readable.from([Buffer.from('a')]))
    await bare.output.close()
    expect(bare.stdout.text).to.equal('2026-01-31T12:00:00.000Z a\n')
  })

  it('never tears, loses or reorders lines of eight streams in one place, however they are cut', async () => {
    const random = new Random(20260131)
    const target = new Collector()
    const { output } = setUp({ size: 4 }, target, target)
    const expected = new Map<string, string[]>()
    const streams: { rank: PassThrough; chunks: Buffer[] }[] = []
    const attached: Promise<void>[] = []
    for (let stream = 0; stream < 8; stream++) {
      const rank = new PassThrough()
      const lines = Array.from({ length: 300 }, (_, line) => {
        const length = random.chance(0.01) ? 70_000 + random.below(100_000) : random.below(200)
        return `${stream}.${line}.${String.fromCharCode(161 + (line % 90)).repeat(length)}`
      })
      expected.set(String(stream), lines)
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1')
      const chunks: Buffer[] = []
      for (let at = 0; at < bytes.length;) {
        const size = 1 + random.below(random.chance(0.5) ? 300 : 65_536)
        chunks.push(bytes.subarray(at, at + size))
        at += size
      }
      streams.push({ rank, chunks })
      attached.push(output.attach(stream >> 1, stream % 2 === 0 ? 'stdout' : 'stderr', rank))
    }
    for (let alive = streams; alive.length > 0; alive = alive.filter(({ chunks }) => chunks.length > 0)) {
      const { rank, chunks } = random.pick(alive)
      rank.write(chunks.shift())
      if (random.chance(0.2)) await new Promise((resolve) => setImmediate(resolve))
    }
    for (const { rank } of streams) rank.end()
    await Promise.all(attached)
    await output.close()
    const arrived = new Map<string, string[]>([...expected.keys()].map((key) => [key, []]))
    for (const line of target.text.split('\n').slice(0, -1)) {
      const [, label, stream = '', rest = ''] = /^\[(\d)\] (\d)(\..*)$/s.exec(line) ?? []
      expect(label, line.slice(0, 50)).to.equal(String(Number(stream) >> 1))
      arrived.get(stream)?.push(stream + rest)
    }
    for (const [stream, lines] of expected)
      expect(arrived.get(stream)?.join('\n') === lines.join('\n'), stream).to.equal(true)
  })

  it('lets a rank with a very long line finish it before others go on', async () => {
    const { output, stdout } = setUp({}, new Collector())
    const [first, second] = [new PassThrough(), new PassThrough()]
    const attached = [output.attach(0, 'stdout', first), output.attach(1, 'stdout', second)]
    first.write('x'.repeat(70_000))
    await settle()
    second.end('second\n')
    await settle()
    first.write('y'.repeat(10))
    await settle()
    expect(stdout.text).to.equal(`[0] ${'x'.repeat(70_000)}${'y'.repeat(10)}`)
    first.end('\nnext\n')
    await Promise.all(attached)
    await output.close()
    expect(stdout.text).to.equal(`[0] ${'x'.repeat(70_000)}${'y'.repeat(10)}\n[0] next\n[1] second\n`)
  })

  it('goes on without a rank that stops in the middle of a very long line, and labels its continuation', async () => {
    const { output, stdout } = setUp({ patience: 20 }, new Collector())
    const [first, second] = [new PassThrough(), new PassThrough()]
    const attached = [output.attach(0, 'stdout', first), output.attach(1, 'stdout', second)]
    first.write('x'.repeat(70_000))
    await settle()
    second.end('second\n')
    await attached[1]
    first.end('tail\n')
    await Promise.all(attached)
    await output.close()
    expect(stdout.text).to.equal(`[0] ${'x'.repeat(70_000)}\n[1] second\n[0] tail\n`)
  })

  it('shows an unfinished line to a person after a moment: it may be a question', async () => {
    const { output, stdout } = setUp({ interactive: true }, new Collector())
    const rank = new PassThrough()
    const attached = output.attach(0, 'stdout', rank)
    rank.write('n? ')
    while (stdout.text === '') await new Promise((resolve) => setTimeout(resolve, 5))
    rank.end('4\nmore\n')
    await attached
    await output.close()
    expect(stdout.text).to.equal('[0] n? 4\n[0] more\n')
  })

  it('makes few writes of many lines', async () => {
    const { output, stdout } = setUp({}, new Collector())
    const text = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join('')
    const chunks = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, index) =>
      Buffer.from(text.slice(index * 65_536, (index + 1) * 65_536)),
    )
    await output.attach(0, 'stdout', Readable.from(chunks))
    await output.close()
    expect(stdout.text).to.equal(text.replaceAll(/^(?=.)/gm, '[0] '))
    expect(stdout.pieces.length).to.be.at.most(chunks.length + 1)
  })

  it('stops reading from the ranks while the reader is slow', async () => {
    const { output, stdout } = setUp({}, new SlowCollector())
    let taken = 0
    const endless = new Readable({
      read() {
        taken += 65_536
        this.push(Buffer.alloc(65_536, 'line\n'))
      },
    })
    const attached = output.attach(0, 'stdout', endless)
    await settle()
    const before = taken
    await settle()
    expect(taken).to.equal(before)
    expect(taken).to.be.at.most(1024 * 1024)
    stdout.next()
    await settle()
    expect(taken).to.be.greaterThan(before)
    endless.destroy()
    while (stdout.isBusy) {
      stdout.next()
      await settle()
    }
    await attached
    await output.close()
  })

  it('reports a closed reader once and takes the rest of the output to nowhere', async () => {
    const { output, stdout, stderr, broken } = setUp({}, new SlowCollector())
    const rank = new PassThrough()
    const attached = output.attach(0, 'stdout', rank)
    rank.write('first\n')
    await settle()
    const closed = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
    stdout.next(closed)
    for (let line = 0; line < 1000; line++) rank.write(Buffer.alloc(1000, 'lost\n'))
    rank.end()
    await output.attach(0, 'stderr', Readable.from([Buffer.from('still here\n')]))
    await attached
    await output.close()
    expect(broken).to.deep.equal([{ where: 'stdout', error: closed }])
    expect(stdout.text).to.equal('[0] first\n')
    expect(stderr.text).to.equal('[0] still here\n')
  })

  it('hands on what came before a stream broke', async () => {
    const { output, stdout } = setUp({}, new Collector())
    const rank = new PassThrough()
    const attached = output.attach(0, 'stdout', rank)
    rank.write('first\nhalf')
    await settle()
    rank.destroy(new Error('ECONNRESET'))
    await attached
    await output.close()
    expect(stdout.text).to.equal('[0] first\n[0] half\n')
  })

  it("puts the launcher's own lines between those of the ranks", async () => {
    const target = new Collector()
    const { output } = setUp({ size: 1, label: false }, target, target)
    await output.attach(0, 'stdout', Readable.from([Buffer.from('half')]))
    output.notice('zmpirun: that was all')
    await output.close()
    expect(target.text).to.equal('half\nzmpirun: that was all\n')
  })

  describe('last words', () => {
    const dying = () => Readable.from([Buffer.from(`warning\n${LAST_WORDS_MARKER}Error: no\n    at here\n`)])
    const texts = (output: Output, rank: number) => output.lastWords(rank).lines.map(String)

    for (const size of [1, 2])
      it(`are kept out of the output of ${size} rank(s) and offered`, async () => {
        const { output, stderr } = setUp({ size, label: false }, new Collector())
        await output.attach(0, 'stderr', dying())
        await output.drained()
        expect(stderr.text).to.equal('warning\n')
        expect(texts(output, 0)).to.deep.equal(['Error: no', '    at here'])
        expect(output.lastWords(0).alreadyShown).to.equal(false)
      })

    it('become ordinary lines when they are released, once', async () => {
      const { output, stderr } = setUp({}, new Collector())
      await output.attach(1, 'stderr', dying())
      await output.release(1)
      await output.release(1)
      await output.release(0)
      await output.close()
      expect(stderr.text).to.equal('[1] warning\n[1] Error: no\n[1]     at here\n')
    })

    it('are the last lines that were shown when the rank died without a word', async () => {
      const { output } = setUp({}, new Collector())
      await output.attach(1, 'stderr', Readable.from([Buffer.from('a\nb\n')]))
      expect(texts(output, 1)).to.deep.equal(['a', 'b'])
      expect(output.lastWords(1).alreadyShown).to.equal(true)
      expect(output.lastWords(0)).to.deep.equal({ lines: [], alreadyShown: true })
    })
  })

  describe('copies in files', () => {
    let directory = ''
    before(() => (directory = mkdtempSync(join(tmpdir(), 'zmpi output '))))
    after(() => rmSync(directory, { recursive: true }))

    it('hold the exact bytes of each stream, besides the labelled lines', async () => {
      const logs = join(directory, 'a', 'b')
      const { output, stdout } = setUp({ size: 11, directory: logs }, new Collector())
      const binary = Buffer.from([0, 0xff, 0x0a, 0x0a, 0xc3])
      await output.attach(3, 'stdout', Readable.from([binary.subarray(0, 2), binary.subarray(2)]))
      await output.attach(10, 'stderr', Readable.from([Buffer.from(`a${LAST_WORDS_MARKER}b`)]))
      await output.attach(9, 'stderr', Readable.from([Buffer.from('c\0zmpi')]))
      await output.attach(10, 'stdout', Readable.from([]))
      await output.close()
      expect(readdirSync(logs).toSorted()).to.deep.equal(['rank-03.out', 'rank-09.err', 'rank-10.err', 'rank-10.out'])
      expect(readFileSync(join(logs, 'rank-03.out'))).to.deep.equal(binary)
      expect(readFileSync(join(logs, 'rank-09.err'), 'utf8')).to.equal('c\0zmpi')
      expect(readFileSync(join(logs, 'rank-10.err'), 'utf8')).to.equal('ab')
      expect(readFileSync(join(logs, 'rank-10.out'), 'utf8')).to.equal('')
      expect(stdout.bytes).to.deep.equal(Buffer.from('[3] \0\xff\n[3] \n[3] \xc3\n', 'latin1'))
    })

    it('refuse a directory that cannot be made', () => {
      writeFileSync(join(directory, 'file'), '')
      for (const path of [join(directory, 'file'), join(directory, 'file', 'sub')])
        expect(() => setUp({ directory: path }, new Collector())).to.throw(
          UsageError,
          `--output ${path}: cannot write there`,
        )
    })

    it('report a file that cannot be written, and go on without it', async () => {
      const { output, stdout, broken } = setUp({ directory }, new Collector())
      rmSync(directory, { recursive: true })
      await output.attach(0, 'stdout', Readable.from([Buffer.from('a\n')]))
      await output.close()
      expect(broken.map(({ where, error }) => [where, error.code])).to.deep.equal([
        [join(directory, 'rank-0.out'), 'ENOENT'],
      ])
      expect(stdout.text).to.equal('[0] a\n')
      directory = mkdtempSync(join(tmpdir(), 'zmpi output '))
    })
  })
})

describe('outputStyle', () => {
  const targets = { stdout: Object.assign(new Collector(), { isTTY: true }), stderr: new Collector(), shared: false }
  const options = { label: undefined, timestamp: false, outputDirectory: undefined }

  it('labels more than one rank unless told otherwise, and colours where a person looks', () => {
    expect(outputStyle(options, 1, targets, {})).to.deep.include({ label: false, interactive: true })
    expect(outputStyle(options, 2, targets, {})).to.deep.include({
      label: true,
      colour: { stdout: true, stderr: false },
    })
    expect(outputStyle({ ...options, label: false }, 2, targets, {})).to.include({ label: false })
    expect(outputStyle({ ...options, label: true }, 1, targets, {})).to.include({ label: true })
  })
})
