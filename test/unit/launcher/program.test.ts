import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { resolveProgram } from '../../../src/launcher/program.ts'
import { UsageError } from '../../../src/launcher/usage-error.ts'

describe('resolveProgram', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'zmpi program '))
    mkdirSync(join(directory, 'bin'))
    mkdirSync(join(directory, 'folder.js'))
    for (const name of ['ring.ts', 'a.js', 'a.mjs', 'a.cjs', 'a.mts', 'a.cts', 'plain', 'bin/tool', 'bin/data'])
      writeFileSync(join(directory, name), '#!/bin/sh\n')
    for (const name of ['plain', 'bin/tool']) chmodSync(join(directory, name), 0o755)
  })
  after(() => rmSync(directory, { recursive: true }))

  const resolve = (program: string, more: { environment?: Record<string, string>; workingDirectory?: string } = {}) =>
    resolveProgram(
      { ranks: 1, program, arguments: [], environment: {}, workingDirectory: directory, ...more },
      { PATH: `/nowhere:${join(directory, 'bin')}` },
    )
  const refusal = (...parameters: Parameters<typeof resolve>): [number, string] => {
    try {
      resolve(...parameters)
    } catch (error) {
      if (error instanceof UsageError) return [error.exitStatus, error.message.replaceAll(directory, 'DIR')]
      throw error
    }
    throw new Error('accepted')
  }

  for (const [name, kind] of [
    ['a.js', 'javascript'],
    ['a.mjs', 'javascript'],
    ['a.cjs', 'javascript'],
    ['ring.ts', 'typescript'],
    ['a.mts', 'typescript'],
    ['a.cts', 'typescript'],
  ] as const)
    it(`takes ${name} as ${kind}, executable or not`, () => {
      expect(resolve(name)).to.deep.equal({ kind, path: join(directory, name) })
      expect(resolve(`./${name}`)).to.deep.equal({ kind, path: join(directory, name) })
      expect(resolve(join(directory, name), { workingDirectory: '/' })).to.deep.equal({
        kind,
        path: join(directory, name),
      })
    })

  it('looks up a name without a slash in PATH, and any other in the working directory', () => {
    expect(resolve('tool')).to.deep.equal({ kind: 'executable', path: join(directory, 'bin/tool') })
    expect(resolve('./plain')).to.deep.equal({ kind: 'executable', path: join(directory, 'plain') })
    expect(resolve('bin/tool')).to.deep.equal({ kind: 'executable', path: join(directory, 'bin/tool') })
  })

  it('looks in the PATH that the ranks will have', () => {
    expect(resolve('plain', { environment: { PATH: directory } }).path).to.equal(join(directory, 'plain'))
    expect(resolve('tool', { environment: { PATH: 'bin' } }).path).to.equal(join(directory, 'bin/tool'))
  })

  it('says 127 when there is no such program, and which one may be meant', () => {
    expect(refusal('nothing.ts')).to.deep.equal([127, 'program nothing.ts not found: there is no DIR/nothing.ts'])
    expect(refusal('zzz')).to.deep.equal([127, 'program zzz not found: it is not in PATH'])
    expect(refusal('plain')).to.deep.equal([127, 'program plain not found: it is not in PATH; is it ./plain?'])
    expect(refusal('ring')).to.deep.equal([127, 'program ring not found: it is not in PATH; is it ./ring.ts?'])
    expect(refusal('./ring')).to.deep.equal([127, 'program ./ring not found: there is no DIR/ring; is it ./ring.ts?'])
    expect(refusal('plain/x.js')[0]).to.equal(127)
  })

  it('says 126 when it cannot be run', () => {
    expect(refusal('folder.js')).to.deep.equal([126, 'cannot run DIR/folder.js: it is a directory'])
    expect(refusal('./bin')).to.deep.equal([126, 'cannot run DIR/bin: it is a directory'])
    expect(refusal('data')).to.deep.equal([126, 'cannot run DIR/bin/data: it is not executable'])
    const [status, message] = refusal('./bin/data')
    expect(status).to.equal(126)
    expect(message).to.match(/^cannot run DIR\/bin\/data: it is not executable \(chmod \+x\)/)
  })

  it('says 2 when the working directory is none', () => {
    expect(refusal('a.js', { workingDirectory: '/nowhere' })).to.deep.equal([2, '--wdir /nowhere: not a directory'])
    expect(refusal('a.js', { workingDirectory: join(directory, 'plain') })[0]).to.equal(2)
  })
})
