import { expect } from 'chai'
import { wordsAbout } from '../../../../src/launcher/remote/words.ts'

const CANCELLED = 'slurmstepd-h1: error: *** STEP 3.0 ON h1 CANCELLED AT 2026-11-21T10:23:56 ***'
const TIME = 'slurmstepd: error: *** JOB 3 ON h1 CANCELLED AT 2026-11-21T10:23:56 DUE TO TIME LIMIT ***'

/** Text, host, lines, whether the host is blamed. */
const cases: [string, string[], string, string[], boolean][] = [
  ['own words of ssh', ['Welcome', 'zmpi: node not found (PATH=/bin)'], 'h1', ['node not found (PATH=/bin)'], false],
  ['the last lines where nothing is known', ['1', '2', '3', '', '4', '5', '6'], 'h1', ['2', '3', '4', '5', '6'], false],
  ['own words of the node', ['quota: 3%', 'zmpi on h2: node not found'], 'h2', ['node not found'], true],
  [
    'a launch that Slurm could not make',
    ['srun: error: Task launch for StepId=9.0 failed on node h3: Communication connection failure', CANCELLED],
    'h3',
    ['Slurm cannot start its agent: Communication connection failure'],
    true,
  ],
  [
    'a task that ended',
    ['srun: error: h2: task 1: Exited with exit code 7'],
    'h2',
    ['its agent has ended: Exited with exit code 7'],
    true,
  ],
  [
    'a cancelled job, first of all',
    ['zmpi on h1: was ended by SIGTERM', 'srun: error: h1: task 0: Killed', CANCELLED],
    'h1',
    ['Slurm has ended it: STEP 3.0 ON h1 CANCELLED AT 2026-11-21T10:23:56'],
    true,
  ],
  [
    'why a job was cancelled',
    [TIME],
    'h2',
    ['Slurm has ended it: JOB 3 ON h1 CANCELLED AT 2026-11-21T10:23:56 DUE TO TIME LIMIT'],
    true,
  ],
  ['no signal as a cause', ['zmpi on h1: was ended by SIGTERM'], 'h1', ['was ended by SIGTERM'], false],
  [
    'no noise',
    ['srun: cluster configuration lacks support for cpu binding', 'srun: error: Unable to create step for job 5: Busy'],
    'h1',
    ['srun: error: Unable to create step for job 5: Busy'],
    false,
  ],
]

describe('wordsAbout', () => {
  for (const [what, lines, host, expected, isBlamed] of cases)
    it(`finds ${what}`, () => {
      expect(wordsAbout(`${lines.join('\n')}\n`, host)).to.deep.equal({ lines: expected, isBlamed })
    })

  it('blames nobody for the failure of another host', () => {
    const text = [
      'srun: error: Task launch for StepId=9.0 failed on node h3: Communication connection failure',
      'srun: error: h1: task 0: Killed',
      CANCELLED,
    ].join('\n')
    expect(wordsAbout(text, 'h1').isBlamed).to.equal(false)
    expect(wordsAbout('zmpi on h2: node not found\nsrun: error: h1: task 0: Killed', 'h1').isBlamed).to.equal(false)
  })
})
