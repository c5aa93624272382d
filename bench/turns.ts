/**
 * Lets the contestants work in turn, window by window: a machine whose cores are near or far for some seconds, or which does
 * something else for a moment, is so for all of them.
 */
import { availableParallelism } from 'node:os'
import type { Contestant } from './contestant.ts'
import type { Point } from './programs/task.ts'
import type { Work } from './plan.ts'
import { Run, type Sample } from './run.ts'

export interface Failure {
  readonly contestant: Contestant
  readonly job: string
  readonly reason: string
}

/**
 * One repeat of works that share their jobs. Resolves when every job has ended.
 * @param contestants in the order of their turns
 * @param running those that have not ended are in it meanwhile, to be killed should the bench end before
 */
export async function inTurn(
  works: readonly Work[],
  contestants: readonly Contestant[],
  ranks: number,
  running: Set<Run>,
): Promise<{ readonly samples: Map<Contestant, Sample[]>; readonly failures: Failure[] }> {
  const samples = new Map<Contestant, Sample[]>()
  const failures: Failure[] = []
  const jobs: { readonly contestant: Contestant; readonly run: Run }[] = []
  /** Lets a job work on; a failure ends its part, and that of no other. */
  const step = async (contestant: Contestant, run: Run, work: Promise<void>): Promise<void> => {
    try {
      await work
      if (run.asks !== undefined) return
      samples.set(contestant, run.samples())
    } catch (error) {
      const job = `${works.map(({ name }) => name).join(' ')}, ${contestant.name}, ${ranks} ranks`
      failures.push({ contestant, job, reason: error instanceof Error ? error.message : String(error) })
      await run.end()
    }
    running.delete(run)
  }

  for (const contestant of contestants) {
    const played = works
      .filter((work) => isInvited(work, contestant) && contestant.plays(work, ranks))
      .map((work) => warmedUp(work, ranks))
    if (played.length === 0) continue
    const run = new Run(played, contestant, ranks)
    running.add(run)
    jobs.push({ contestant, run })
    await step(contestant, run, run.start())
  }
  for (const { name, points } of works) {
    for (const { size } of points) {
      const wants = ({ run }: { run: Run }): boolean =>
        running.has(run) && run.asks?.name === name && run.asks.size === size
      for (let those = jobs.filter(wants); those.length > 0; those = jobs.filter(wants))
        for (const { contestant, run } of those) await step(contestant, run, run.work())
    }
  }
  for (const { contestant, run } of jobs.filter((job) => running.has(job.run)))
    await step(contestant, run, Promise.reject(new Error(`wants a turn that is over: ${JSON.stringify(run.asks)}`)))
  return { samples, failures }
}

function isInvited({ contestants }: Work, { name, like = name }: Contestant): boolean {
  return contestants?.includes(like) ?? true
}

/** The first point of a work warms up what the work needs: for as long as each rank has a core for that time. */
function warmedUp(work: Work, ranks: number): Work {
  const firstWarmup = work.firstWarmup * Math.max(1, ranks / availableParallelism())
  const points = work.points.map((point, index): Point =>
    index === 0 ? { ...point, warmup: Math.max(point.warmup, firstWarmup) } : point,
  )
  return { ...work, points }
}
