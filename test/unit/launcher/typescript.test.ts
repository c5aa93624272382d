import { expect } from 'chai'
import { nativeFlags } from '../../../src/launcher/typescript.ts'

describe('nativeFlags', () => {
  const node = (version: string, features: object) => nativeFlags({ versions: { node: version }, features })

  it('are none where Node strips types silently', () => {
    expect(node('22.18.0', { typescript: 'strip' })).to.deep.equal([])
    expect(node('24.3.0', { typescript: 'strip' })).to.deep.equal([])
  })

  it('silence Node where it strips types with a warning', () => {
    expect(node('23.6.0', { typescript: 'strip' })).to.deep.equal(['--disable-warning=ExperimentalWarning'])
    expect(node('24.2.0', { typescript: 'strip' })).to.deep.equal(['--disable-warning=ExperimentalWarning'])
  })

  it('are undefined where Node does not strip types', () => {
    expect(node('22.12.0', { typescript: false })).to.equal(undefined)
    expect(node('20.19.0', {})).to.equal(undefined)
  })
})
