/**
 * The second line of defence for messages: at the end, what each rank says that it sent to another is compared with what
 * the other says that it took. Sequence numbers have told before of whatever was lost on the way; this tells of what is
 * lost otherwise. Pure.
 */
import type { RankMessage } from '../bootstrap/control.ts'
import type { Failure, Loss } from './failure.ts'
import type { RankUnreceived } from './report.ts'

/** What a rank says when it leaves. */
export type Farewell = RankMessage & { readonly type: 'ended' | 'exiting' }

export interface Balance {
  /** Their sender called process.exit, and they have not arrived. */
  readonly lost: readonly Loss[]
  /** They came when their receiver had ended. */
  readonly late: readonly Loss[]
  /** Taken by what the receiver had said, but not counted; or counted twice. This never happens. */
  readonly miscounted: readonly Loss[]
}

/** @param farewells by rank; undefined: it has said nothing, so nothing can be said of what it took */
export function balance(farewells: readonly (Farewell | undefined)[]): Balance {
  const sums = { lost: [] as Loss[], late: [] as Loss[], miscounted: [] as Loss[] }
  const sent = farewells.map((farewell) => new Map(farewell?.sent))
  const received = farewells.map((farewell) => new Map(farewell?.received))
  for (const [source, farewell] of farewells.entries()) {
    for (const [destination, count] of sent[source] ?? []) {
      const messages = count - (received[destination]?.get(source) ?? 0)
      if (farewell === undefined || farewells[destination] === undefined || messages === 0) continue
      const loss = { source, destination, messages }
      if (messages < 0 || farewell.confirmed.includes(destination)) sums.miscounted.push(loss)
      else if (farewell.type === 'exiting') sums.lost.push(loss)
      else sums.late.push(loss)
    }
    for (const [origin, count] of received[source] ?? [])
      if (farewells[origin] !== undefined && sent[origin]?.has(source) !== true)
        sums.miscounted.push({ source: origin, destination: source, messages: -count })
  }
  return sums
}

/** What all of it comes to when the job has ended well otherwise. `late`: see Balance. */
export function settle(
  farewells: readonly (Farewell | undefined)[],
  isStrict: boolean,
): { readonly failure: Failure | undefined; readonly late: readonly Loss[] } {
  const { lost, late, miscounted } = balance(farewells)
  if (miscounted.length > 0) return { failure: { kind: 'miscounted', losses: miscounted }, late }
  if (lost.length > 0) return { failure: { kind: 'lost', losses: lost }, late }
  const messages = unreceivedOf(farewells)
    .flatMap(({ unreceived }) => unreceived)
    .reduce((sum, entry) => sum + entry.messages, 0)
  return { failure: isStrict && messages > 0 ? { kind: 'unreceived', messages } : undefined, late }
}

/** What each rank had not received when it left. */
export function unreceivedOf(farewells: readonly (Farewell | undefined)[]): RankUnreceived[] {
  return farewells.flatMap((farewell, rank) =>
    farewell !== undefined && farewell.unreceived.length > 0 ? [{ rank, unreceived: farewell.unreceived }] : [],
  )
}
