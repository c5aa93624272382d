import { expect } from 'chai'
import { forwardedEnvironment, hostEnvironment } from '../../../../src/launcher/remote/environment.ts'

describe('forwardedEnvironment', () => {
  it('takes locale, time zone, colours and what tunes a program along', () => {
    const harmless = {
      LANG: 'C',
      LC_ALL: 'C',
      TZ: 'UTC',
      TERM: 'xterm',
      NO_COLOR: '',
      NODE_ENV: 'test',
      ZMPI_SPIN: '0',
    }
    expect(forwardedEnvironment({ ...harmless, EMPTY: undefined })).to.deep.equal(harmless)
  })

  it('leaves everything else here', () => {
    const own = { PATH: '/x', HOME: '/h', SSH_AUTH_SOCK: '/s', NODE_OPTIONS: '-r x', AWS_SECRET_TOKEN: 't', LC_: 'x' }
    expect(forwardedEnvironment({ ...own, LD_PRELOAD: 'x', ZMPI_RANK: '1', ZMPI_SSH: 'x' })).to.deep.equal({})
  })
})

describe('hostEnvironment', () => {
  it("is the host's own without the traces of ssh", () => {
    const own = { PATH: '/x', SSH_CONNECTION: '1 2 3 4', SSH_CLIENT: '1', ZMPI_RANK: '1' }
    expect(hostEnvironment(own)).to.deep.equal({ PATH: '/x' })
  })
})
