/**
 * A rank that somebody else's launcher has started. It starts a proxy, a process that finds the other ranks and holds the
 * line to them whatever this one computes: what an agent is to a rank that zmpirun has started.
 */
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { MpiError } from '../errors.ts'
import { ControlClient } from './control-client.ts'
import type { AgentMessage, Entry } from './control.ts'
import type { Engine } from './engine.ts'
import type { Membership } from './membership.ts'

const PROXY = fileURLToPath(new URL('../launcher/proxy-main.js', import.meta.url))
/** Descriptor at which the proxy finds the launcher's key-value store. */
const PMI_FD = 4

export class DirectMembership implements Membership {
  readonly rank: number
  readonly size: number
  readonly #engine: Engine
  readonly #control: ControlClient
  #entry: Entry | MpiError | undefined
  /** The proxy knows that this process ends. */
  #isHeard = false
  /** As the job has ended. */
  #status = 0

  /** Starts the proxy, so that the ranks find each other while their programs begin. */
  constructor(engine: Engine) {
    const { meeting } = engine
    this.#engine = engine
    const handed = meeting.kind === 'pmi' && 'fd' in meeting.at ? meeting.at.fd : undefined
    const proxy = spawn(process.execPath, [PROXY, String(process.pid)], {
      // What is meant for the program (--import, --inspect) is not for the proxy.
      env: { ...process.env, NODE_OPTIONS: undefined, ...(handed === undefined ? {} : { PMI_FD: String(PMI_FD) }) },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', handed ?? 'ignore'],
    })
    // Who cannot start it hears that it is gone.
    proxy.on('error', () => {})
    proxy.unref()
    this.#control = new ControlClient(proxy.stdio[3] as Socket)
    const place = engine.place ?? this.#asked()
    this.rank = place.rank
    this.size = place.size
    process.on('exit', (code) => this.#exit(code))
  }

  control(): ControlClient {
    return this.#control
  }

  enter(): Entry {
    const entry = this.#receive()
    if (entry instanceof MpiError) throw entry
    return entry
  }

  async leave(): Promise<void> {
    // Its end tells the proxy that this process has ended.
    await this.#control.flush()
  }

  /** Under `mpiexec -pmi-port` only the launcher knows who this is. */
  #asked(): { rank: number; size: number } {
    const message = this.#control.receive()
    if (message?.type === 'place') return message
    throw this.#refusal(message)
  }

  /** Hears the proxy until that is known; when it is gone, that is a refusal. */
  #receive(): Entry | MpiError {
    while (this.#entry === undefined) this.#take(this.#control.receive())
    return this.#entry
  }

  #take(message: AgentMessage | undefined): void {
    if (message?.type === 'entry') this.#entry = message.entry
    else if (message === undefined || message.type === 'refused') this.#entry ??= this.#refusal(message)
    else if (message.type === 'farewell') this.#isHeard = true
    else if (message.type === 'stop') this.#status = message.code
  }

  #refusal(message: AgentMessage | undefined): MpiError {
    const reason = message?.type === 'refused' ? message.reason : 'its proxy, which zmpi has started, is gone'
    const who =
      this.#engine.place === undefined ? '' : ` as rank ${this.#engine.place.rank} of ${this.#engine.place.size}`
    return new MpiError('ERR_LAUNCH', `started by ${this.#engine.name}${who}, it cannot join the others: ${reason}`)
  }

  /**
   * The others may still be coming, and on rank 0 hangs the proxy that holds all together: no launcher must find that
   * this process has ended, and take all that it has started away, before nobody needs it.
   */
  #exit(code: number): void {
    this.#say(code)
    if (code === 0 && this.#receive() instanceof MpiError) {
      process.exitCode = 1
      process.stderr.write(`zmpi: ${(this.#entry as MpiError).message}\n`)
      this.#say(1)
    }
    if (this.rank !== 0) return
    for (let message = this.#control.receive(); message !== undefined; message = this.#control.receive())
      this.#take(message)
    // This process has ended well, but the job has not.
    if (Number(process.exitCode ?? 0) === 0) process.exitCode = this.#status
  }

  /** Waits until the proxy has heard it: while it tells something itself, it would miss the last words of who is gone. */
  #say(code: number): void {
    this.#isHeard = false
    this.#control.sendNow({ type: 'exit', code })
    for (let message = this.#control.receive(); message !== undefined; message = this.#control.receive()) {
      this.#take(message)
      if (this.#isHeard) break
    }
  }
}

/** A worker thread of a rank is no rank: its process has a proxy already. */
export class WorkerMembership implements Membership {
  readonly rank: number
  readonly size: number

  constructor(engine: Engine) {
    this.rank = engine.place?.rank ?? 0
    this.size = engine.place?.size ?? 1
  }

  control(): never {
    throw new MpiError('ERR_LAUNCH', `a worker thread of rank ${this.rank} cannot communicate: its main thread can`)
  }

  enter(): never {
    return this.control()
  }

  async leave(): Promise<void> {}
}
