import { expect } from 'chai'
import { logScale, renderPicture } from '../../../bench/picture.ts'

describe('bench picture', () => {
  it('puts equal factors at equal distances, ticks at powers', () => {
    const scale = logScale([8, 4096], 8, 0, 300)
    expect(scale.ticks.map(Math.round)).to.deep.equal([8, 64, 512, 4096])
    expect(scale.ticks.map((tick) => Math.round(scale.at(tick)))).to.deep.equal([0, 100, 200, 300])
  })

  it('draws each contestant in both panels and names it, with nothing that breaks XML', () => {
    const svg = renderPicture('a < b & c', [
      {
        name: 'zmpi',
        points: [
          [8, 1e-6],
          [1024, 2e-6],
        ],
      },
      {
        name: 'C',
        points: [
          [8, 1e-7],
          [1024, 1e-6],
        ],
      },
    ])
    expect(svg.match(/<polyline/g)).to.have.length(4)
    expect(svg).to.contain('>zmpi</text>').and.to.contain('a &lt; b &amp; c')
    expect(svg).not.to.match(/NaN|undefined|Infinity/)
  })

  it('stays a picture without any curve', () => {
    expect(renderPicture('nothing', [])).to.match(/^<svg.*<\/svg>\n$/s)
  })
})
