/**
 * This process as a member of its job, from the first operation to the last: opens the transport, tells the agent,
 * hears who has left, and ends communication so that nothing that was sent is lost.
 */
import { MpiError } from '../errors.ts'
import type { Algorithms } from '../collectives/select.ts'
import { ContextIds } from '../comm/context-ids.ts'
import type { Process } from '../comm/context.ts'
import { Endpoint } from '../p2p/endpoint.ts'
import type { Receiver } from '../transport/transport.ts'
import { AddressBook } from './address-book.ts'
import type { ControlClient } from './control-client.ts'
import type { AgentMessage, Entry } from './control.ts'
import { Doubts } from './doubts.ts'
import { endFailed, endHopeless, EXIT_DEADLOCK, EXIT_ORPHANED, stop } from './exit.ts'
import { Linger } from './linger.ts'
import type { Membership } from './membership.ts'
import { announce, type Opening } from './opening.ts'
import { unreceived } from './snapshot.ts'
import { Vigil } from './vigil.ts'

export interface SessionOptions {
  /** undefined: this process is alone. */
  readonly membership: Membership | undefined
  readonly windowBytes: number
  readonly windowSlots: number
  readonly budgetBytes: number
  readonly algorithms: Algorithms | undefined
  /** Makes the concrete transport: the composition root's choice. */
  readonly connect: (entry: Entry | undefined, receiver: Receiver, locate: (peer: number) => Promise<string>) => Opening
}

export class Session implements Process {
  readonly rank: number
  readonly size: number
  readonly contexts: ContextIds
  readonly algorithms: Algorithms | undefined
  readonly #options: SessionOptions
  readonly #names = new Map<number, string>()
  readonly #addresses: AddressBook
  readonly #doubts: Doubts
  readonly #linger = new Linger(() => this.#endpoint?.activity.isBusy === true)
  #entry: Entry | undefined = undefined
  #endpoint: Endpoint | undefined = undefined
  /** The endpoint while operations may be started. */
  #usable: Endpoint | undefined = undefined
  #control: ControlClient | undefined = undefined
  #vigil: Vigil | undefined = undefined
  #finished: Promise<void> | undefined = undefined
  #deadlock: MpiError | undefined = undefined
  #onDeadlock: (error: MpiError) => void = () => {}
  #isClosed = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.algorithms = options.algorithms
    this.rank = options.membership?.rank ?? 0
    this.size = options.membership?.size ?? 1
    this.contexts = new ContextIds(this.rank, this.size)
    this.#addresses = new AddressBook(
      (message) => this.#control?.send(message),
      (isHeld) => this.#control?.hold(isHeld),
    )
    this.#doubts = new Doubts({
      endpoint: () => this.#endpoint,
      say: (message) => this.#control?.send(message),
      isClosed: () => this.#isClosed,
    })
  }

  /** A number for the host of each rank, where that is known: after the first operation. */
  get hosts(): readonly number[] | undefined {
    return this.#entry?.network?.hosts
  }

  endpoint(): Endpoint {
    this.#linger.touch()
    return this.#usable ?? this.#open()
  }

  /** Tells what the context of a communicator is called, for reports. */
  name(context: number, name: string): void {
    this.#names.set(context, name)
  }

  forget(context: number): void {
    this.#names.delete(context)
  }

  /** Ends communication: everything sent is taken by its receivers first. Later operations throw. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish()
    return this.#finished
  }

  abort(code: number): never {
    if (!Number.isInteger(code) || code < 0 || code > 255)
      throw new RangeError(`code is ${code}; legal: an exit code 0 … 255`)
    this.#isClosed = true
    this.#options.membership?.control().sendNow({ type: 'abort', code })
    // The agent stops this rank too: were it to wait first, exit listeners of its program would come too late.
    this.#linger.release()
    process.exit(code)
  }

  #open(): Endpoint {
    if (this.#deadlock !== undefined) throw this.#deadlock
    if (this.#finished !== undefined)
      throw new MpiError('ERR_FREED', 'communication has ended: no operation can be started after finalize()')
    const { membership, connect, windowBytes, windowSlots, budgetBytes } = this.#options
    const entry = membership?.enter()
    this.#entry = entry
    this.#control = membership?.control()
    this.#control?.listen(
      (message) => this.#hear(message),
      () => this.#orphaned(),
    )
    let opening: Opening | undefined = undefined
    const endpoint = new Endpoint(
      {
        rank: this.rank,
        size: this.size,
        job: entry?.environment.job ?? 0,
        windowBytes,
        windowSlots,
        budgetBytes,
        onLost: (peer, reason, isGarbled) => this.#doubts.lost(peer, reason, isGarbled),
        onIdle: () => this.#linger.touch(),
      },
      (receiver) => {
        opening = connect(entry, receiver, (peer) => this.#addresses.locate(peer))
        return opening.transport
      },
    )
    this.#endpoint = endpoint
    this.#usable = endpoint
    const control = this.#control
    if (control !== undefined) {
      if (opening !== undefined) announce(opening, (message) => control.send(message))
      this.#vigil = this.#keepVigil(endpoint, control)
    }
    process.on('beforeExit', () => this.#atEnd())
    process.prependListener('exit', (code) => this.#atExit(code))
    this.#linger.guardExit()
    return endpoint
  }

  #hear(message: AgentMessage): void {
    switch (message.type) {
      case 'network':
      case 'place':
      case 'entry':
      case 'refused':
      case 'farewell':
        // Have been received before.
        return
      case 'at':
        return this.#addresses.found(message.rank, message.address)
      case 'gone':
        this.#addresses.gone(message.rank, message.how)
        return this.#doubts.farewell(message)
      case 'report':
        return void this.#vigil?.answer(message)
      case 'nudge':
        for (const peer of message.peers) this.#endpoint?.nudge(peer)
        return
      case 'deadlock':
        return this.#giveUp(message.text)
      case 'stop':
        return stop(message.code)
    }
  }

  #keepVigil(endpoint: Endpoint, control: ControlClient): Vigil {
    return new Vigil({
      endpoint,
      say: (message) => {
        if (!this.#isClosed) control.send(message)
      },
      isInDoubt: () => this.#doubts.areOpen || this.#addresses.isAsking,
      isEnding: () => this.#finished !== undefined,
      pause: (isPaused) => {
        if (this.#isClosed) return
        endpoint.pause(isPaused)
        if (isPaused) return
        // The event loop may be about to end.
        control.hold(true)
        setImmediate(() => control.hold(this.#addresses.isAsking))
      },
      unreceived: () => unreceived(endpoint, (context) => this.#nameOf(context)),
    })
  }

  /** The launcher has found a deadlock: whatever waits fails, and so does what is started afterwards. */
  #giveUp(text: string): void {
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    this.#deadlock = new MpiError('ERR_DEADLOCK', text, { rank: this.rank })
    this.#endpoint = undefined
    this.#usable = undefined
    this.#isClosed = true
    this.#vigil?.stop()
    endpoint.giveUp({ code: 'ERR_DEADLOCK', text: 'is part of a deadlock' })
    this.#onDeadlock(this.#deadlock)
    void endpoint.close()
  }

  /** The agent is gone, so the job is over. */
  #orphaned(): void {
    if (!this.#isClosed) stop(EXIT_ORPHANED)
  }

  async #finish(): Promise<void> {
    const endpoint = this.#endpoint
    this.#usable = undefined
    if (endpoint !== undefined) {
      const ending = endpoint.finish().then(
        () => undefined,
        (error: unknown) => error,
      )
      const failure = await Promise.race([ending, new Promise((_, reject) => (this.#onDeadlock = reject))])
      endpoint.giveUp({ code: 'ERR_FREED', text: 'was given up by finalize()' })
      const { untold } = endpoint.disagreement
      if (untold !== undefined) this.#control?.send({ type: 'broken', reason: untold })
      const left = unreceived(endpoint, (context) => this.#nameOf(context))
      this.#control?.send({ type: 'ended', ...endpoint.activity.account(), unreceived: left })
      this.#vigil?.stop()
      this.#endpoint = undefined
      this.#isClosed = true
      await endpoint.close()
      await this.#leave()
      if (failure !== undefined) throw failure
    }
    this.#isClosed = true
    await this.#leave()
  }

  async #leave(): Promise<void> {
    if (this.#control !== undefined) await this.#options.membership?.leave()
  }

  /** Nothing is left to do: the natural end of the script, or operations that nothing can complete any more. */
  #atEnd(): void {
    if (this.#finished !== undefined) return
    const endpoint = this.#endpoint
    if (endpoint?.activity.isBusy === true) {
      this.#isClosed = true
      endHopeless(endpoint)
      return
    }
    this.finish().catch((error: unknown) => endFailed(error, this.#deadlock !== undefined))
  }

  #atExit(code: number): void {
    // An exception that nobody has caught would make it 1.
    if (this.#deadlock !== undefined) process.exitCode = EXIT_DEADLOCK
    const endpoint = this.#endpoint
    if (this.#isClosed || endpoint === undefined) return
    const left = unreceived(endpoint, (context) => this.#nameOf(context))
    const account = endpoint.activity.account()
    this.#control?.sendNow({ type: 'exiting', code, queued: endpoint.activity.unsent, ...account, unreceived: left })
  }

  #nameOf(context: number): string {
    return this.#names.get(context) ?? `context ${context}`
  }
}
