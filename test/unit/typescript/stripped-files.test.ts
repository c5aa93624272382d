import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { moduleFormat } from '../../../src/typescript/module-format.ts'
import { StrippedFiles } from '../../../src/typescript/stripped-files.ts'

describe('StrippedFiles', () => {
  let directory: string
  let files: StrippedFiles

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'zt-'))
    files = new StrippedFiles(join(directory, 'cache'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const write = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
  const kept = (): string[] => readdirSync(join(directory, 'cache'))

  it('blanks types and leaves the rest where it was', () => {
    const path = write('a.ts', 'const a: number = 1 as any\ninterface B {}\nexport { a }\n')
    expect(files.read(path)).to.equal('const a         = 1       \n              \nexport { a }\n')
  })

  it('strips each text once, and again when it has changed', () => {
    const path = write('a.ts', 'let a: 1')
    files.read(path)
    files.read(path)
    expect(kept()).to.have.length(1)
    write('a.ts', 'let b: 2')
    expect(files.read(path)).to.equal('let b   ')
    expect(kept()).to.have.length(2)
  })

  it('prepares a program with all that it imports by relative paths, whatever else is wrong', () => {
    write('b.ts', "import './d.mts'\nexport type T = 1")
    write('d.mts', 'enum No {}')
    write('c.cts', 'module.exports = 1 as number')
    const path = write(
      'a.ts',
      "import { type T } from './b.ts'\nconst c = require('./c.cts')\nawait import('./absent.ts')\n",
    )
    files.prepare(path)
    expect(kept()).to.have.length(3)
  })

  it('names file and line of what cannot be erased', () => {
    const path = write('a.ts', '\n\nenum No {}')
    expect(() => files.read(path))
      .to.throw(SyntaxError, `${path}:3`)
      .with.property('code', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
  })

  it('refuses files of node_modules', () => {
    mkdirSync(join(directory, 'node_modules'))
    const path = write('node_modules/a.ts', 'let a: 1')
    expect(() => files.read(path)).to.throw(/node_modules/)
  })

  it('knows ES modules and CommonJS apart', () => {
    expect(moduleFormat('/a.mts', '')).to.equal('module')
    expect(moduleFormat('/a.cts', 'import "x"')).to.equal('commonjs')
    const path = write('a.ts', '')
    expect(moduleFormat(path, 'export {}')).to.equal('module')
    expect(moduleFormat(path, 'module.exports = 1')).to.equal('commonjs')
    write('package.json', '{"type":"module"}')
    expect(moduleFormat(path, 'module.exports = 1')).to.equal('module')
  })
})
