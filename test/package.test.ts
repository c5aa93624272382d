/** What npm would publish, installed into an empty project whose path has what a URL would escape: it imports, has types, and runs a ring. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const RING = `import { world } from 'zmpi'
const { rank, size } = world
const previous = (rank + size - 1) % size
const text: string = rank === 0 ? '' : await world.receive<string>(previous)
await world.send(\`\${text}P\${rank}\`, (rank + 1) % size)
if (rank === 0) console.log(await world.receive<string>(previous))
`

const CONSUMER = `import { ANY_SOURCE, type Communicator, type Message, MpiError, Op, world } from 'zmpi'
import { launch } from 'zmpi/launch'
import * as pypar from 'zmpi/pypar'
export const comm: Communicator = world
export const sum: Promise<number> = comm.allreduce(comm.rank, Op.sum)
export const message: Promise<Message<string>> = comm.receiveMessage<string>(ANY_SOURCE)
export const size: number = pypar.size()
export const started: Promise<unknown> = launch({ program: 'x.js' })
export const isOurs = (error: unknown): boolean => error instanceof MpiError && error.code === 'ERR_TIMEOUT'
// @ts-expect-error a destination is a number
export const wrong = comm.send(1, '0')
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    lib: ['es2023', 'esnext.disposable'],
  },
  files: ['consumer.ts'],
}

describe('the package', function () {
  this.timeout(180_000)
  let project = ''

  async function run(file: string, ...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(file, words, { cwd: project })
    return stdout
  }

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'an empty project #1 100%41 '))
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }')
    writeFileSync(join(project, 'ring.ts'), RING)
    writeFileSync(join(project, 'consumer.ts'), CONSUMER)
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    // Without scripts: they would build again what this test runs from.
    const archive = (await run('npm', 'pack', ROOT, '--ignore-scripts', '--silent')).trim()
    await run('npm', 'install', `./${archive}`, '--prefer-offline', '--no-audit', '--no-fund')
  })
  after(() => rmSync(project, { recursive: true }))

  it('runs a program in TypeScript on three ranks', async () => {
    expect(await run(join(project, 'node_modules/.bin/zmpirun'), '--no-label', '-n', '3', 'ring.ts')).to.equal(
      'P0P1P2\n',
    )
  })

  it('is a program of one rank without the launcher', async () => {
    const script = `import { world } from 'zmpi'; console.log(world.rank, world.size)`
    expect(await run(process.execPath, '--input-type=module', '-e', script)).to.equal('0 1\n')
  })

  it('has types for all that it exports, and they are checked', async () => {
    await run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json')
  })

  it('brings no test, example or benchmark along', async () => {
    const listing = await run('npm', 'pack', ROOT, '--ignore-scripts', '--dry-run', '--json')
    const [{ files }] = JSON.parse(listing) as [{ files: { path: string }[] }]
    const folders = new Set(files.map(({ path }) => path.split('/').slice(0, -1).slice(0, 2).join('/')))
    expect([...folders].filter((folder) => !/^(|bin|src|src\/.*|dist\/(src|lib))$/.test(folder))).to.deep.equal([])
  })
})
