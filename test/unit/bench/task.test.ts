import { expect } from 'chai'
import { batches, formatTasks, parseLine, parseTasks, type Point, type Task } from '../../../bench/programs/task.ts'

describe('bench task', () => {
  it('survives the command line', () => {
    const tasks: Task[] = [
      {
        name: 'pingpong-records',
        work: 'pingpong',
        payload: 'records',
        points: [
          { size: 8, warmup: 0, duration: 3, windows: 1 },
          { size: 1024, warmup: 10, duration: 100, windows: 7 },
        ],
      },
      { name: 'barrier', work: 'barrier', payload: 'array', points: [{ size: 8, warmup: 0, duration: 0, windows: 2 }] },
    ]
    expect(parseTasks(formatTasks(tasks))).to.deep.equal(tasks)
  })

  it('refuses an unknown payload, half a task and a point without duration or windows', () => {
    expect(() => parseTasks(['p', 'pingpong', 'cake', '8:1:1:1'])).to.throw('cake')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1'])).to.throw('8:1')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:1'])).to.throw('8:1:1')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:-1:1'])).to.throw('8:1:-1:1')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:1:0'])).to.throw('8:1:1:0')
    expect(() => parseTasks(['p', 'pingpong', 'array', '8:1:1:1', 'q'])).to.throw('NAME WORK')
  })

  it('tells reports and wishes for the turn from other output', () => {
    expect(parseLine('BENCH p 8 1.5e-06 2e-3')).to.deep.equal({
      type: 'report',
      name: 'p',
      size: 8,
      samples: [1.5e-6, 2e-3],
    })
    expect(parseLine('TURN p 1024')).to.deep.equal({ type: 'turn', name: 'p', size: 1024 })
    for (const other of ['', 'BENCH', 'BENCH p 8', 'not BENCH p 9 1', 'TURN p', 'TURN p 8 9', 'rank 0 of 2'])
      expect(parseLine(other), other).to.equal(undefined)
  })
})

describe('bench batches', () => {
  /** The rounds of each batch and `turn` where one is taken, when a round takes so many milliseconds; then the samples. */
  function all(point: Omit<Point, 'size'>, milliseconds: number): { events: (number | 'turn')[]; samples: number[] } {
    const events: (number | 'turn')[] = []
    const schedule = batches({ size: 8, ...point }, () => events.push('turn'))
    let batch = schedule.next()
    while (batch.done !== true) {
      events.push(batch.value)
      batch = schedule.next(batch.value * milliseconds)
    }
    return { events, samples: batch.value }
  }
  const rounds = (point: Omit<Point, 'size' | 'windows'>, milliseconds: number): (number | 'turn')[] =>
    all({ ...point, windows: 1 }, milliseconds)
      .events.filter((event) => event !== 'turn')
      .slice(0, -1)

  it('double until the warm-up is over, then one takes as long as it should', () => {
    expect(rounds({ warmup: 200, duration: 50 }, 10)).to.deep.equal([1, 2, 4, 8, 16, 6])
    expect(rounds({ warmup: 30, duration: 50 }, 40)).to.deep.equal([1, 2])
  })

  it('take a turn before the warm-up, a window that does not count and each that does, and hand out what a round took in these', () => {
    const { events, samples } = all({ warmup: 60, duration: 50, windows: 3 }, 10)
    expect(events).to.deep.equal(['turn', 1, 2, 4, 'turn', 6, 'turn', 6, 'turn', 6, 'turn', 6])
    expect(samples).to.deep.equal([10, 10, 10])
  })

  it('warm up for no longer than a tenth when they were many', () => {
    expect(rounds({ warmup: 4000, duration: 50 }, 0.001).slice(-3)).to.deep.equal([131_072, 262_144, 50_001])
    expect(rounds({ warmup: 1000, duration: 50 }, 0.001).slice(-2)).to.deep.equal([131_072, 50_001])
  })

  it('are two of one round when nothing is asked for', () => {
    expect(rounds({ warmup: 0, duration: 0 }, 10)).to.deep.equal([1, 1])
  })
})
