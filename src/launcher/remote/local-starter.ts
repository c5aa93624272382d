/** Starts every agent on this machine, whatever its host is called: to try out what a job does on several hosts. */
import type { Host } from '../mapping.ts'
import { addressOn } from './address.ts'
import { AGENT_SCRIPT } from '../spawn.ts'
import type { Starter } from './starter.ts'

export class LocalStarter implements Starter {
  readonly isCommon = false
  readonly environment = undefined
  readonly #interface: string | undefined

  constructor(wanted: string | undefined) {
    this.#interface = wanted
  }

  command(_hosts: readonly Host[]): readonly string[] {
    return [process.execPath, AGENT_SCRIPT]
  }

  async address(): Promise<string> {
    return this.#interface === undefined ? '127.0.0.1' : addressOn(this.#interface)
  }

  isPassing(): boolean {
    return false
  }
}
