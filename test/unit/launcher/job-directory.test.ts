import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { createJobDirectory, isJobDirectory, removeJobDirectory } from '../../../src/launcher/job-directory.ts'

describe('createJobDirectory', () => {
  let place: string

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'zt-'))
  })
  afterEach(() => rmSync(place, { recursive: true }))

  it('makes a directory for its owner alone', () => {
    const directory = createJobDirectory([place])
    expect(dirname(directory)).to.equal(place)
    expect(statSync(directory).mode & 0o777).to.equal(0o700)
    expect(isJobDirectory(directory)).to.equal(true)
    removeJobDirectory(directory)
    removeJobDirectory(directory)
  })

  it('passes by what is not there, or too long for sockets', () => {
    const long = join(place, 'x'.repeat(60))
    mkdirSync(long)
    const directory = createJobDirectory([join(place, 'absent'), long, place])
    expect(dirname(directory)).to.equal(place)
  })

  for (const path of ['', '/', '/home/me', 'zmpi-abcdef', '/tmp/zmpi-', '/tmp/zmpi-abcdef/x', '/tmp/../zmpi-abcdef'])
    it(`is not ${path}`, () => {
      expect(isJobDirectory(path)).to.equal(false)
    })

  it('says why there is no place', () => {
    expect(() => createJobDirectory([join(place, 'absent'), `/tmp/${'x'.repeat(70)}`]))
      .to.throw(/absent: ENOENT; .*longer than sockets allow.*TMPDIR/)
      .with.property('code', 'ERR_LAUNCH')
  })
})
