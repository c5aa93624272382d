import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OPERATIONS } from '../../../src/collectives/signature.ts'
import { CallSites } from '../../../src/p2p/call-site.ts'

describe('a call site', () => {
  it('is the place in the user’s program, also where zmpi lies in a path with spaces', () => {
    const place = mkdtempSync(join(tmpdir(), 'with a space '))
    try {
      for (const file of ['dist/src/p2p/call-site.js', 'dist/src/p2p/call-site.js.map', 'src/p2p/call-site.ts'])
        cpSync(fileURLToPath(new URL(`../../../../${file}`, import.meta.url)), join(place, file))
      writeFileSync(
        join(place, 'my program.mjs'),
        `import { captureCallSite, describeCallSite } from './dist/src/p2p/call-site.js'
        process.stdout.write(String(describeCallSite(captureCallSite())))`,
      )
      const words = ['--enable-source-maps', join(place, 'my program.mjs')]
      const { stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' })
      expect([stdout, stderr]).to.deep.equal(['my program.mjs:2', ''])
    } finally {
      rmSync(place, { recursive: true })
    }
  })
  it('is noted of the first call of each operation, however many others were called just before', () => {
    const sites = new CallSites(new Map())
    for (let i = 0; i < 20; i++) sites.capture('of these a few', 0, 0)
    expect(sites.capture('of these a few', 0, 0)).to.equal(undefined)
    for (const operation of [...OPERATIONS, 'send', 'receive', 'probe']) {
      expect(sites.capture(operation, 0, 0), operation).not.to.equal(undefined)
      expect(sites.capture(operation, 0, 0), operation).to.equal(undefined)
    }
  })
})
