/** What can be learned of the ranks while they run: what each is doing, and whether all wait for each other. */
import type { AgentMessage, RankMessage } from '../../bootstrap/control.ts'
import { activityTable, stateText, type Activity } from './activity.ts'
import { deadlockLines } from './deadlock-text.ts'
import { DeadlockWatch } from './deadlock-watch.ts'
import type { Missing } from './evidence.ts'
import { Surveys } from './survey.ts'
import type { States } from './wait-graph.ts'

/** What the job knows of a rank by itself. */
export interface RankView {
  readonly rank: number
  readonly host: string
  /** How it ended; undefined while it runs. */
  readonly end: string | undefined
  /** Seconds since it began, or ended. */
  readonly seconds: number
  /** It uses this library. */
  readonly hasSpoken: boolean
  /** It has said goodbye: it sends nothing more. */
  readonly hasFinished: boolean
  /** Somebody has stopped its process. */
  readonly isStopped: boolean
}

export interface ObserverOptions {
  readonly ranks: () => readonly RankView[]
  readonly post: (rank: number, message: AgentMessage) => void
  /** Called once, with the diagnosis. */
  readonly onDeadlock: (lines: readonly string[]) => void
  /** Called once: all ranks wait, and these packets have not arrived. */
  readonly onSilence: (losses: readonly Missing[]) => void
  /** Seconds without a packet after which a connection counts as silent. */
  readonly silence: number
}

type Observation = RankMessage & { readonly type: 'blocked' | 'running' | 'state' }

/** Milliseconds after which a rank that does not answer counts as computing. */
const COMPUTING = 300

export class Observer {
  readonly #options: ObserverOptions
  readonly #surveys: Surveys
  readonly #watch: DeadlockWatch

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#surveys = new Surveys(options.post)
    this.#watch = new DeadlockWatch({
      live: () => options.ranks().flatMap((view) => (mayStillSend(view) ? [view.rank] : [])),
      ask: (ranks, exact) => this.#surveys.ask(ranks, exact),
      found: (states) => {
        const ended = options.ranks().flatMap((view) => (mayStillSend(view) ? [] : [view.rank]))
        options.onDeadlock(deadlockLines({ states, ended }))
      },
      lost: options.onSilence,
      nudge: (rank, peers) => options.post(rank, { type: 'nudge', peers }),
      silence: options.silence,
      now: () => performance.now(),
    })
  }

  heard(rank: number, message: Observation): void {
    if (message.type === 'blocked') this.#watch.blocked(rank)
    else if (message.type === 'running') this.#watch.running(rank)
    else this.#surveys.answered(rank, message.survey, message.state)
  }

  /** It has said goodbye, or its process has ended. */
  left(rank: number): void {
    this.#surveys.left(rank)
    this.#watch.consider()
  }

  /** The job is being ended: no deadlock is looked for any more. */
  stop(): void {
    this.#watch.stop()
  }

  /** True when more than one rank is left that can say what it is doing. */
  get hasMuchToTell(): boolean {
    return this.#talkative(this.#options.ranks()).length > 1
  }

  /** What everybody is doing, as the lines of a table. Takes up to `COMPUTING` ms. */
  async table(): Promise<readonly string[]> {
    const asked = this.#options.ranks()
    const states = await this.#surveys.ask(this.#talkative(asked), false, COMPUTING)
    return activityTable(asked.map((view) => activityOf(view, states)))
  }

  #talkative(views: readonly RankView[]): number[] {
    return views.flatMap((view) => (view.hasSpoken && mayStillSend(view) ? [view.rank] : []))
  }
}

function mayStillSend({ end, hasFinished }: RankView): boolean {
  return end === undefined && !hasFinished
}

function activityOf(view: RankView, states: States): Activity {
  const { rank, host, end, seconds, hasSpoken, hasFinished, isStopped } = view
  const state = states.get(rank)
  const activity = { rank, host, site: undefined, seconds }
  if (end !== undefined) return { ...activity, what: end }
  if (isStopped) return { ...activity, what: 'stopped (SIGSTOP)', seconds: undefined }
  if (hasFinished) return { ...activity, what: 'runs, has ended its communication', seconds: undefined }
  if (!hasSpoken) return { ...activity, what: 'runs, no communication yet' }
  if (state === undefined) return { ...activity, what: 'computing', seconds: undefined }
  return { ...activity, ...stateText(state), seconds: state.seconds }
}
