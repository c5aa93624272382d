import { expect } from 'chai'
import { formatTask, parseReports, parseTask, type Task } from '../../../bench/programs/task.ts'

describe('bench task', () => {
  it('survives the command line', () => {
    const task: Task = {
      work: 'pingpong',
      payload: 'records',
      points: [
        { size: 8, warmup: 0, loops: 3 },
        { size: 1024, warmup: 10, loops: 100 },
      ],
    }
    expect(parseTask(formatTask(task))).to.deep.equal(task)
  })

  it('refuses an unknown payload and a point without loops', () => {
    expect(() => parseTask(['pingpong', 'cake', '8:1:1'])).to.throw('cake')
    expect(() => parseTask(['pingpong', 'array', '8:1'])).to.throw('8:1')
    expect(() => parseTask(['pingpong', 'array', '8:1:0'])).to.throw('8:1:0')
    expect(() => parseTask([])).to.throw('WORK')
  })

  it('finds the reports among other output', () => {
    const output = 'warning: x\nBENCH 8 1.5e-06\nnot BENCH 9 1\nBENCH 1024 2e-3\n'
    expect([...parseReports(output)]).to.deep.equal([
      [8, 1.5e-6],
      [1024, 2e-3],
    ])
  })
})
