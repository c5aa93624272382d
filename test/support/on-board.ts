/** Programs of ranks in this process whose collectives are all on their board. */
import { expect } from 'chai'
import type { Communicator } from '../../src/comm/communicator.ts'
import type { MpiError } from '../../src/errors.ts'
import { adopt } from './adopt.ts'
import { makeJob, type JobOptions, type TestJob } from './job.ts'
import type { OpenNetwork } from './networks.ts'

export type Program<T> = (comm: Communicator, job: TestJob) => Promise<T>

/** Runs a program on every rank, once the board is used. */
export async function onBoard<T>(
  open: OpenNetwork,
  size: number,
  program: Program<T>,
  end: 'close' | 'abandon' = 'close',
  options: JobOptions = {},
): Promise<T[]> {
  const job = await makeJob(size, open, options)
  const results = await Promise.all(
    job.ranks.map(async (rank) => {
      await adopt(rank)
      return program(rank, job)
    }),
  )
  if (size > 1)
    for (const endpoint of job.endpoints)
      expect(endpoint.assembly()?.vectors, 'memory for vector instructions').not.to.equal(undefined)
  await job[end]()
  return results
}

/** That have been sent. */
export function packets(job: TestJob): number {
  return job.endpoints.flatMap((endpoint) => endpoint.activity.packets()).reduce((sum, [, sent]) => sum + sent, 0)
}

/** The code with which a promise rejects, or `ok`. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: MpiError) => error.code ?? String(error),
  )
}

/** The message with which a promise rejects, or `ok`. */
export function textOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: Error) => error.message,
  )
}
