/** One rank of a chaos program between real processes. Argument: the program as JSON. Says on stdout what it sees. */
import { setTimeout as pause } from 'node:timers/promises'
import { isMpiError, world } from '../../src/index.ts'
import { perform } from './perform.ts'
import type { Program } from './program.ts'

const program = JSON.parse(process.argv[2] ?? '') as Program

try {
  // Nobody ends before all have done their work: so what waits for ever is a deadlock, never a rank that has gone.
  const ending = await world.duplicate()
  await perform(program, {
    rank: world.rank,
    world,
    pause: (milliseconds) => pause(milliseconds),
    die: (how) => {
      if (how === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
      else if (how === 'exit') process.exit(3)
      else
        setImmediate(() => {
          throw new Error('thrown by the program')
        })
    },
    tell: (step, outcome) => void process.stdout.write(`${JSON.stringify({ step, outcome })}\n`),
  })
  await ending.barrier()
  process.stdout.write('"over"\n')
} catch (error) {
  process.exitCode = isMpiError(error) && error.code === 'ERR_DEADLOCK' ? 70 : 1
  throw error
}
