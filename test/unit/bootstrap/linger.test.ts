import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('linger-child.js', import.meta.url))

function run(...words: readonly string[]): string {
  return execFileSync(process.execPath, [CHILD, ...words], { encoding: 'utf8', timeout: 20_000 })
}

describe('the end of a process that has communicated', () => {
  it('waits for what another thread computes', () => {
    expect(run()).to.equal('computed\nend\n')
  })

  it('does not wait for it for ever', () => {
    expect(run('endless')).to.equal('end\n')
  })

  it('waits so when it exits at once', () => {
    expect(run('exit')).to.equal('computed\nend\n')
    expect(run('exit', 'endless')).to.equal('end\n')
  })
})
