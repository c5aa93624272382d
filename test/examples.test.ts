import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { decode } from 'fast-png'
import { zmpirun } from './support/zmpirun.ts'

/** One program at several sizes. Every program checks its own result; `prints` are lines that its output must have. */
interface Example {
  readonly program: string
  readonly sizes: readonly number[]
  readonly arguments?: readonly string[]
  /** Exit status. @default 0 */
  readonly status?: number
  readonly prints?: (size: number) => readonly (string | RegExp)[]
  /** Printed on stderr. */
  readonly complains?: string
}

/** The path of an example, as its author wrote it. */
const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

const each = <T>(size: number, f: (rank: number) => T): T[] => Array.from({ length: size }, (_, rank) => f(rank))
const small = ['--size', '200', '--kmax', '256', '--times']
const picture = '1907943 iterations, 6791 points inside'

const EXAMPLES: readonly Example[] = [
  {
    program: '01-hello',
    sizes: [1, 4],
    prints: (P) => [
      ...each(P, (r) => new RegExp(`^Hello from rank ${r} of ${P} on \\S+$`)),
      `All ${P} have said hello`,
    ],
  },
  {
    program: '02-ring',
    sizes: [1, 2, 4, 7],
    prints: (P) => [
      ...each(P, (r) => new RegExp(`^P${r} is rank ${r} of ${P} on \\S+$`)),
      each(P, (r) => `P${r}`).join(''),
    ],
  },
  { program: 'ring', sizes: [4], prints: () => ['P0P1P2P3'] },
  { program: '03-exercises', sizes: [1], status: 2, complains: 'at least 2 processes, not 1' },
  {
    program: '03-exercises',
    sizes: [2, 4],
    prints: (P) => [
      '(b) Processor 1 received 42',
      `(c) Round the ring came ${42 + P - 1}`,
      `(e) Collected ${each(P - 1, (i) => 43 + i).join(' ')}`,
      '(f) 1-norm = 523776.0000',
    ],
  },
  { program: '04-demo', sizes: [1], status: 2, complains: 'at least 2 processes' },
  {
    program: '04-demo',
    sizes: [2, 4, 11],
    prints: (P) => [
      'P1 received MSGP0 of 5 bytes from P0',
      ...(P === 4 ? ['P0 received MSGP0->P1->P2->P3 of 17 bytes from P3'] : []),
    ],
  },
  {
    program: '05-demo2',
    sizes: [1, 3, 4],
    prints: (P) => [
      'Global average is 110.0000',
      ...(P === 4 ? ['102.0000', '107.0000', '112.0000', '117.5000'] : []).map(
        (average, r) => `P${r}: local average of ${r === 3 ? 6 : 5} numbers is ${average}`,
      ),
    ],
  },
  { program: '06-demo3', sizes: [1, 11], status: 2, complains: 'demo3 needs 2 to 10 processes' },
  {
    program: '06-demo3',
    sizes: [2, 4, 10],
    prints: (P) => ['[MASTER] 10 pieces of work are done', ...each(P - 1, (i) => `[WORKER ${i + 1}] terminates`)],
  },
  {
    program: '07-demo4',
    sizes: [1, 2, 4],
    prints: (P) => [`P0 received [${each(P, String).join(' ')}], ${P} numbers in ${8 * P} bytes`],
  },
  { program: '08-map-reduce', sizes: [1], status: 2, complains: 'at least 2 processes, not 1' },
  {
    program: '08-map-reduce',
    sizes: [2, 5],
    prints: () => ['parallel result: 200 characters, sequential result: 200'],
  },
  {
    program: '09-scatter',
    sizes: [1, 3, 4],
    prints: (P) => (P === 4 ? ['P2 got      [8 9 10 11]', 'P2 filled   [8 9 10 11]'] : []),
  },
  {
    program: '10-bsend',
    sizes: [1, 3],
    prints: (P) =>
      each(P, (r) => [
        ...['v1', 'v2', 'v3', 'v4', 'v5'].map((version) => `${version}, P${r}: 1 2 3 4 5 6 7 8`),
        ...['v1', 'v2', 'v3', 'v4'].map((version) => `${version}, P${r}: Strings travel by bsend as well`),
      ]).flat(),
  },
  { program: '11-pi', sizes: [1, 3, 4], prints: () => [/^pi is about 3\.14\d+, error 0\.00\d+$/] },
  { program: 'mandelbrot/sequential', sizes: [1], arguments: small, prints: () => [picture] },
  {
    program: 'mandelbrot/blockwise',
    sizes: [1, 3, 4],
    arguments: small,
    prints: (P) => [picture, ...(P === 4 ? [/^Speed-up by iterations 1\.632,/] : [])],
  },
  {
    program: 'mandelbrot/cyclic',
    sizes: [1, 3, 4],
    arguments: small,
    prints: (P) => [picture, ...(P === 4 ? [/^Speed-up by iterations 3\.964,/] : [])],
  },
  {
    program: 'mandelbrot/dynamic',
    sizes: [2, 3, 5],
    arguments: small,
    prints: (P) => [picture, ...each(P - 1, (i) => new RegExp(`^P${i + 1}: finished after `))],
  },
  { program: 'mandelbrot/dynamic', sizes: [1], status: 2, complains: '2 to 24 processes, not 1' },
  { program: '12-network-timing', sizes: [1], status: 2, complains: 'at least 2 processes' },
  ...['0', '1', '2'].map((method): Example => ({
    program: '12-network-timing',
    sizes: [method === '2' ? 3 : 2],
    arguments: ['--repeats', '2', '--steps', '3', '--method', method],
    prints: () => [
      'Run 2 of 2',
      '     bytes    min µs    avg µs    max µs',
      /^ {9}8(?: *\d+){3}$/,
      /^ {4}800008(?: *\d+){3}$/,
      /^Bandwidth \(1\/t_b\) = -?[\d.]+ MB\/s$/,
      /^Latency = -?\d+ µs$/,
    ],
  })),
  { program: '13-squares', sizes: [1, 2, 4], prints: () => [each(20, (i) => i * i).join(' ')] },
  { program: '14-fibonacci', sizes: [1, 4], prints: () => ['fibonacci(25) = 75025', 'fibonacci(10) = 55'] },
  { program: '15-bubble-sort', sizes: [1, 4], prints: () => ['24 lists of 200 numbers are sorted'] },
  {
    program: '16-locked-counter',
    sizes: [1, 2, 5],
    prints: (P) => [`${P - 1} ranks have counted 25 times each: the counter is ${25 * (P - 1)}`],
  },
  { program: '17-work-queue', sizes: [1, 2, 4], prints: () => ['8 queens can be placed in 92 ways'] },
  { program: '18-parent', sizes: [1], prints: () => ['The parent has 0 children and 0 in all'] },

  // Programs that people know, each against its sequential form
  { program: '19-cpi', sizes: [1, 2, 3, 4, 6], prints: () => [/^pi is about 3\.14159265359\d*, error /] },
  { program: '20-histogram', sizes: [1, 2, 3, 4, 6], prints: () => ['0.7 ################ 843'] },
  { program: '21-prime-sieve', sizes: [1, 2, 3, 4, 6], prints: () => [/^78498 primes up to 1000000/] },
  {
    program: '22-odd-even-sort',
    sizes: [1, 2, 3, 4, 6],
    prints: (P) => [`${200 * P} numbers are sorted after ${P} phases`],
  },
  {
    program: '23-sample-sort',
    sizes: [1, 2, 3, 4, 6],
    prints: (P) => each(P, (r) => new RegExp(`^Rank ${r} has \\d+ of 10000`)),
  },
  { program: '24-game-of-life', sizes: [1, 2, 3, 4, 6], prints: () => ['434 cells are alive after 40 generations'] },
  {
    program: '25-conjugate-gradient',
    sizes: [1, 2, 3, 4, 6],
    prints: () => [/^576 unknowns are found after 8\d iterations$/],
  },
  { program: '26-n-body', sizes: [1, 2, 3, 4, 6], prints: () => ['60 bodies have moved for 10 steps'] },
  {
    program: '27-matrix-product',
    sizes: [1, 2, 3, 4, 6],
    prints: () => [/^48×48 matrices are multiplied on a grid of \d×\d ranks$/],
  },
  {
    program: '28-heat',
    sizes: [1, 2, 3, 4, 6],
    prints: () => [/^After 150 steps on \d×\d ranks the residual is 0\.\d{6}$/],
  },
]

function expectLine(output: string, line: string | RegExp): void {
  const lines = output.split('\n')
  const isThere = typeof line === 'string' ? lines.includes(line) : lines.some((candidate) => line.test(candidate))
  expect(isThere, `line ${String(line)} in\n${output}`).to.equal(true)
}

describe('examples', () => {
  for (const { program, sizes, arguments: options = [], status = 0, prints = () => [], complains = '' } of EXAMPLES)
    for (const size of sizes)
      it(`${[`${program}.ts`, ...options].join(' ')} on ${size} ends with ${status}`, async () => {
        const job = await zmpirun(['-n', String(size), '--no-label', example(`${program}.ts`), ...options])
        expect(job.code, job.stdout + job.stderr).to.equal(status)
        expect(job.stderr).to.contain(complains)
        for (const line of prints(size)) expectLine(job.stdout, line)
      })

  it('18-parent.ts and 18-child.ts are one job', async () => {
    const job = await zmpirun([
      '-n',
      '1',
      '--no-label',
      example('18-parent.ts'),
      ':',
      '-n',
      '3',
      example('18-child.ts'),
    ])
    expect(job.code, job.stdout + job.stderr).to.equal(0)
    for (const line of ['The parent has 3 children and 5050 in all', 'Child 1 adds 33 numbers: 1683'])
      expectLine(job.stdout, line)
  })

  it('mandelbrot writes a picture in which the set is black', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'zmpi-picture-'))
    try {
      const png = join(directory, 'set.png')
      const options = ['--size', '60', '--kmax', '100', '--png', png]
      const job = await zmpirun(['-n', '2', '--no-label', example('mandelbrot/cyclic.ts'), ...options])
      expect(job.code, job.stderr).to.equal(0)
      const { width, height, channels, data } = decode(await readFile(png))
      expect({ width, height, channels }).to.deep.equal({ width: 60, height: 60, channels: 3 })
      // The origin lies in the set, two thirds from the left and half-way down; the corner outside.
      const pixel = (x: number, y: number): number[] => Array.from(data.slice(3 * (60 * y + x), 3 * (60 * y + x) + 3))
      expect(pixel(40, 30)).to.deep.equal([0, 0, 0])
      expect(pixel(0, 0)).not.to.deep.equal([0, 0, 0])
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
