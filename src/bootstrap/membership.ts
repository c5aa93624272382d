/** How this process belongs to its job: one that zmpirun has started is told all by its agent. */
import { Socket } from 'node:net'
import { MpiError } from '../errors.ts'
import { ControlClient, isSocket } from './control-client.ts'
import type { Entry, Network } from './control.ts'
import type { RankEnvironment } from './environment.ts'

export interface Membership {
  readonly rank: number
  readonly size: number
  /** The line to the agent; the same at each call. Throws MpiError `ERR_LAUNCH` when there is none. */
  control(): ControlClient
  /** Waits until this process takes part. Throws MpiError `ERR_LAUNCH` when it cannot. Called before anything is heard. */
  enter(): Entry
  /** Communication is over. Resolves when what was said to the agent has left. */
  leave(): Promise<void>
}

/** A rank that zmpirun has started. */
export class StartedMembership implements Membership {
  readonly rank: number
  readonly size: number
  readonly #environment: RankEnvironment
  #control: ControlClient | undefined

  constructor(environment: RankEnvironment) {
    this.#environment = environment
    this.rank = environment.rank
    this.size = environment.size
  }

  control(): ControlClient {
    if (this.#control !== undefined) return this.#control
    const { rank, controlFd: fd } = this.#environment
    if (!isSocket(fd))
      throw new MpiError(
        'ERR_LAUNCH',
        `rank ${rank} has no connection to zmpirun (descriptor ${fd}): was this process started by a rank or through ` +
          'a wrapper that closes descriptors (npx, tsx)? Start it by zmpirun itself, or remove ZMPI_* from its environment',
        { rank },
      )
    this.#control = new ControlClient(new Socket({ fd, readable: true, writable: true }))
    return this.#control
  }

  enter(): Entry {
    const environment = this.#environment
    const isSpread = environment.localSize < environment.size
    return { environment, network: isSpread ? this.#network() : undefined }
  }

  async leave(): Promise<void> {
    await this.#control?.close()
  }

  /** Keys never stand in an environment: with several hosts they are the first that the agent says. */
  #network(): Network {
    const message = this.control().receive()
    if (message?.type === 'network') return message.network
    const what = message === undefined ? 'zmpirun is gone' : `zmpirun has said ${message.type} before anything else`
    throw new MpiError('ERR_LAUNCH', what, { rank: this.rank })
  }
}
