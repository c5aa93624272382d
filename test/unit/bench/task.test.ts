import { expect } from 'chai'
import { batches, formatTasks, parseReports, parseTasks, type Point, type Task } from '../../../bench/programs/task.ts'

describe('bench task', () => {
  it('survives the command line', () => {
    const tasks: Task[] = [
      {
        name: 'pingpong-records',
        work: 'pingpong',
        payload: 'records',
        points: [
          { size: 8, warmup: 0, duration: 3 },
          { size: 1024, warmup: 10, duration: 100 },
        ],
      },
      { name: 'barrier', work: 'barrier', payload: 'array', points: [{ size: 8, warmup: 0, duration: 0 }] },
    ]
    expect(parseTasks(formatTasks(tasks))).to.deep.equal(tasks)
  })

  it('refuses an unknown payload, half a task and a point without duration', () => {
    expect(() => parseTasks(['p', 'pingpong', 'cake', '8:1:1'])).to.throw('cake')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1'])).to.throw('8:1')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:-1'])).to.throw('8:1:-1')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:1', 'q'])).to.throw('NAME WORK')
  })

  it('finds the reports among other output', () => {
    const output = 'warning: x\nBENCH p 8 1.5e-06\nnot BENCH p 9 1\nBENCH p 1024 2e-3\nBENCH q 8 3\n'
    const reports = parseReports(output)
    expect([...(reports.get('p') ?? [])]).to.deep.equal([
      [8, 1.5e-6],
      [1024, 2e-3],
    ])
    expect(reports.get('q')?.get(8)).to.equal(3)
  })
})

describe('bench batches', () => {
  /** The rounds of each batch, when a round takes so many milliseconds. */
  function rounds(point: Point, milliseconds: number): number[] {
    const schedule = batches(point)
    const all: number[] = []
    for (let batch = schedule.next(); batch.done !== true; batch = schedule.next(batch.value * milliseconds))
      all.push(batch.value)
    return all
  }

  it('double until the warm-up is over, then one takes as long as it should', () => {
    expect(rounds({ size: 8, warmup: 200, duration: 50 }, 10)).to.deep.equal([1, 2, 4, 8, 16, 6])
    expect(rounds({ size: 8, warmup: 30, duration: 50 }, 40)).to.deep.equal([1, 2])
  })

  it('warm up for no longer than a tenth when they were many', () => {
    expect(rounds({ size: 8, warmup: 4000, duration: 50 }, 0.001).slice(-3)).to.deep.equal([131_072, 262_144, 50_001])
    expect(rounds({ size: 8, warmup: 1000, duration: 50 }, 0.001).slice(-2)).to.deep.equal([131_072, 50_001])
  })

  it('are two of one round when nothing is asked for', () => {
    expect(rounds({ size: 8, warmup: 0, duration: 0 }, 10)).to.deep.equal([1, 1])
  })
})
