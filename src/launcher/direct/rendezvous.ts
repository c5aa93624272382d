/** How the proxies of a job find its coordinator, which is in the proxy of rank 0. */
import type { Engine } from '../../bootstrap/engine.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'

/** Where the coordinator listens, and what opens its door. */
export interface Door {
  /** Any of them may lead there. */
  readonly endpoints: readonly string[]
  /** Its public key; `none`: the user wants no encryption. */
  readonly key: string
}

export interface Rendezvous {
  /** Rank and size, from the launcher itself where the environment does not tell. */
  begin(): Promise<{ readonly rank: number; readonly size: number }>
  /** On rank 0: where the coordinator is to listen, as ZeroMQ spells it, and with which keys. */
  bindings(): Promise<{ readonly addresses: readonly string[]; readonly keys: Protection }>
  /** On rank 0: shows the door to the others. */
  open(door: Door): Promise<void>
  /** The door. Rejects when it cannot be found now; it may be open a moment later. */
  find(): Promise<Door>
  /** What proves this process's rank to the coordinator, and whether what another one has shown proves its rank. */
  readonly token: string
  confirms(rank: number, token: string): Promise<boolean>
  /** All have come, or nobody will. */
  close(): Promise<void>
}

/** The rendezvous of the launcher that has started this process. What it needs is loaded only now. */
export async function createRendezvous(engine: Engine, environment: NodeJS.ProcessEnv): Promise<Rendezvous> {
  const { meeting } = engine
  const wanted = environment['ZMPI_INTERFACE']
  switch (meeting.kind) {
    case 'pmi': {
      const { PmiRendezvous } = await import('./pmi-rendezvous.ts')
      return new PmiRendezvous(meeting.at, engine.place, wanted)
    }
    case 'address': {
      const { AddressRendezvous } = await import('./address-rendezvous.ts')
      return new AddressRendezvous(meeting, `${engine.name} ${engine.job}`, placeOf(engine))
    }
    case 'file': {
      const { FileRendezvous } = await import('./file-rendezvous.ts')
      return new FileRendezvous(meeting, placeOf(engine), wanted)
    }
  }
}

function placeOf({ name, place }: Engine): { readonly rank: number; readonly size: number } {
  if (place === undefined) throw new Error(`${name} does not tell the rank of this process`)
  return place
}
