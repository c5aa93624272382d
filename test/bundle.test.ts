import { expect } from 'chai'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

describe('the bundle', () => {
  it('has each file that is loaded by its path, under that path, as the compiler’s output has', () => {
    const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    )
    const loaded = sources.flatMap((name) =>
      [...readFileSync(`${ROOT}src/${name}`, 'utf8').matchAll(/'(?:\.\.?\/)+([\w/-]+\.js)'/g)].map(([, path]) => path),
    )
    expect(loaded).to.include('bootstrap/communication.js').and.include('launcher/agent-main.js')
    for (const path of loaded)
      for (const folder of ['src', 'lib']) expect(existsSync(`${ROOT}dist/${folder}/${path}`), path).to.equal(true)
  })
})
