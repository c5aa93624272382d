import { expect } from 'chai'
import { helpText } from '../../../src/launcher/help.ts'
import { OPTIONS } from '../../../src/launcher/option-table.ts'

describe('help', () => {
  it('names each option with its value, what it does and examples', () => {
    const help = helpText()
    for (const { name } of OPTIONS) expect(help).to.match(new RegExp(`^ .*-${name}\\b`, 'm'))
    expect(help).to.match(/-n, --np +N {2}ranks; default/)
    expect(help).to.contain('zmpirun -n 4 ring.ts')
  })

  it('fits a screen 110 wide', () => {
    const lines = helpText().split('\n')
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(110)
    expect(lines.length).to.be.at.most(70)
  })
})
