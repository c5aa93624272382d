import { expect } from 'chai'
import type { AgentMessage } from '../../../../src/bootstrap/control.ts'
import { Surveys } from '../../../../src/launcher/diagnosis/survey.ts'
import { state } from './states.ts'

describe('Surveys', () => {
  let posted: (AgentMessage & { type: 'report' })[]
  let surveys: Surveys

  beforeEach(() => {
    posted = []
    surveys = new Surveys((_, message) => posted.push(message as AgentMessage & { type: 'report' }))
  })

  it('resolves with all answers, by rank', async () => {
    const asked = surveys.ask([0, 1], true)
    const [{ survey } = { survey: 0 }] = posted
    surveys.answered(1, survey, state([]))
    surveys.answered(0, survey, state([]))
    expect([...(await asked).keys()]).to.deep.equal([0, 1])
    expect(posted.map(({ exact }) => exact)).to.deep.equal([true, true])
  })

  it('does not wait for who has left, nor for anybody when nobody is asked', async () => {
    const asked = surveys.ask([0, 1], false)
    surveys.answered(0, posted[0]?.survey ?? 0, state([]))
    surveys.left(1)
    expect([...(await asked).keys()]).to.deep.equal([0])
    expect((await surveys.ask([], false)).size).to.equal(0)
  })

  it('keeps the answers of two surveys apart, and each rank answers once', async () => {
    const [first, second] = [surveys.ask([0], false), surveys.ask([0], false)]
    const [a, b] = posted.map(({ survey }) => survey)
    surveys.answered(0, b ?? 0, state([], { progress: 2 }))
    surveys.answered(0, a ?? 0, state([], { progress: 1 }))
    surveys.answered(0, a ?? 0, state([], { progress: 9 }))
    expect((await first).get(0)?.progress).to.equal(1)
    expect((await second).get(0)?.progress).to.equal(2)
  })

  it('resolves with what is there when the time is over', async () => {
    expect((await surveys.ask([0, 1], false, 1)).size).to.equal(0)
  })
})
