/**
 * This process as a member of its job, from the first operation to the last: opens the transport, tells the agent,
 * hears who has left, and ends communication so that nothing that was sent is lost.
 */
import { hostname } from 'node:os'
import { MpiError } from '../errors.ts'
import type { Algorithms } from '../collectives/select.ts'
import { ContextIds } from '../comm/context-ids.ts'
import type { Process } from '../comm/point-to-point.ts'
import { Endpoint } from '../p2p/endpoint.ts'
import { describeWaiting } from '../p2p/wait-text.ts'
import type { Receiver, Transport } from '../transport/transport.ts'
import type { ControlClient } from './control-client.ts'
import type { AgentMessage, Entry } from './control.ts'
import type { Membership } from './membership.ts'
import { unreceived } from './snapshot.ts'
import { Vigil } from './vigil.ts'

/** A transport that is being opened; `address` is where others reach it. */
export interface Opening {
  readonly transport: Transport
  readonly address: Promise<string>
}

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

/** Milliseconds for which lost packets may still arrive. */
const PATIENCE = 1000
/** Milliseconds after which a rank asks why a connection has ended. Mostly it has heard by then. */
const INQUIRY = 200
const EXIT_DEADLOCK = 70
/** 128 + SIGTERM. */
const EXIT_ORPHANED = 143

interface Inquiry {
  readonly resolve: (address: string) => void
  readonly reject: (error: Error) => void
}

export class Session implements Process {
  readonly rank: number
  readonly size: number
  readonly contexts: ContextIds
  readonly algorithms: Algorithms | undefined
  readonly #options: SessionOptions
  readonly #names = new Map<number, string>()
  readonly #inquiries = new Map<number, Inquiry[]>()
  readonly #asked = new Set<number>()
  readonly #gone = new Map<number, string>()
  #entry: Entry | undefined = undefined
  #endpoint: Endpoint | undefined = undefined
  /** The endpoint while operations may be started. */
  #usable: Endpoint | undefined = undefined
  #control: ControlClient | undefined = undefined
  #vigil: Vigil | undefined = undefined
  /** Peers about which the launcher was asked. */
  readonly #cut = new Set<number>()
  /** Ends of peers and connections that are not yet decided. */
  #doubts = 0
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
  }

  /** A number for the host of each rank, where that is known: after the first operation. */
  get hosts(): readonly number[] | undefined {
    return this.#entry?.network?.hosts
  }

  endpoint(): Endpoint {
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
        onLost: (peer, reason, isGarbled) => this.#lost(peer, reason, isGarbled),
      },
      (receiver) => {
        opening = connect(entry, receiver, (peer) => this.#locate(peer))
        return opening.transport
      },
    )
    this.#endpoint = endpoint
    this.#usable = endpoint
    this.#announce(opening)
    if (this.#control !== undefined) this.#vigil = this.#keepVigil(endpoint, this.#control)
    process.on('beforeExit', () => this.#atEnd())
    process.prependListener('exit', (code) => this.#atExit(code))
    return endpoint
  }

  #announce(opening: Opening | undefined): void {
    const control = this.#control
    if (opening === undefined || control === undefined) return
    control.send({ type: 'join' })
    opening.address.then(
      (address) => control.send({ type: 'open', address, host: hostname() }),
      (error: unknown) => control.send({ type: 'broken', reason: `cannot open its sockets: ${String(error)}` }),
    )
  }

  #locate(peer: number): Promise<string> {
    const gone = this.#gone.get(peer)
    if (gone !== undefined) return Promise.reject(new Error(gone))
    return new Promise((resolve, reject) => {
      const waiting = this.#inquiries.get(peer)
      if (waiting !== undefined) {
        waiting.push({ resolve, reject })
        return
      }
      this.#inquiries.set(peer, [{ resolve, reject }])
      if (this.#asked.size === 0) queueMicrotask(() => this.#ask())
      this.#asked.add(peer)
      this.#control?.hold(true)
    })
  }

  #ask(): void {
    this.#control?.send({ type: 'where', ranks: [...this.#asked] })
    this.#asked.clear()
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
        return this.#answer(message.rank, (inquiry) => inquiry.resolve(message.address))
      case 'gone':
        return this.#farewell(message)
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
      isInDoubt: () => this.#doubts > 0 || this.#inquiries.size > 0,
      isEnding: () => this.#finished !== undefined,
      pause: (isPaused) => {
        if (this.#isClosed) return
        endpoint.pause(isPaused)
        if (isPaused) return
        // The event loop may be about to end.
        control.hold(true)
        setImmediate(() => control.hold(this.#inquiries.size > 0))
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

  #answer(rank: number, answer: (inquiry: Inquiry) => void): void {
    for (const inquiry of this.#inquiries.get(rank) ?? []) answer(inquiry)
    this.#inquiries.delete(rank)
    if (this.#inquiries.size === 0) this.#control?.hold(false)
  }

  #farewell(message: AgentMessage & { type: 'gone' }): void {
    const { rank, how, detail, sent } = message
    this.#gone.set(rank, `rank ${rank} has ${how}`)
    if (this.#cut.delete(rank)) this.#doubts--
    this.#answer(rank, (inquiry) => inquiry.reject(new Error(`rank ${rank} has ${how}`)))
    const endpoint = this.#endpoint
    if (endpoint === undefined) return
    const deadline = performance.now() + PATIENCE
    const conclude = (): void => {
      const missing = (sent ?? 0) - endpoint.activity.messagesFrom(rank)
      if (how !== 'failed' && missing > 0 && performance.now() < deadline) {
        setTimeout(conclude, 10).unref()
        return
      }
      this.#doubts--
      const lost = how === 'failed' || missing <= 0 ? '' : `; ${missing} of its messages were lost`
      endpoint.departed(rank, { how, detail: `${detail}${lost}` })
    }
    this.#doubts++
    conclude()
  }

  /**
   * A connection broke. Whether its other end has left, or only the connection is gone, the launcher decides: it knows
   * how each process has ended, and on a busy machine its word may take a while.
   */
  #lost(peer: number, reason: string, isGarbled: boolean): void {
    const isOver = (): boolean => this.#gone.has(peer) || this.#isClosed
    this.#doubts++
    if (isGarbled)
      queueMicrotask(() => {
        this.#doubts--
        if (isOver()) return
        this.#control?.send({ type: 'broken', reason: `connection to rank ${peer}: ${reason}` })
        this.#endpoint?.departed(peer, { how: 'garbled', detail: reason })
      })
    else
      setTimeout(() => {
        if (isOver()) this.#doubts--
        else {
          this.#cut.add(peer)
          this.#control?.send({ type: 'cut', peer, reason })
        }
      }, INQUIRY).unref()
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
      const waiting = [...endpoint.activity.waiting()].map((operation) => `  ${describeWaiting(operation)}`)
      process.stderr.write(
        `zmpi: rank ${this.rank} waits for what can never come, since nothing else is left to do:\n${waiting.join('\n')}\n`,
      )
      this.#isClosed = true
      process.exitCode = EXIT_DEADLOCK
      return
    }
    this.finish().catch((error: unknown) => {
      // Of a deadlock and of a rank that has failed the launcher has told.
      if (this.#deadlock === undefined && !(error instanceof MpiError && error.code === 'ERR_RANK_FAILED'))
        process.stderr.write(`zmpi: ending failed: ${String(error)}\n`)
      process.exitCode = this.#deadlock === undefined ? 1 : EXIT_DEADLOCK
    })
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

/** Ends this process as SIGTERM would, to which its program may have an answer, but with a code that tells more. */
function stop(code: number): void {
  if (process.listenerCount('SIGTERM') > 0) process.kill(process.pid, 'SIGTERM')
  else process.exit(code)
}
