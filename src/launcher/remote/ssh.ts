/** Starts agents through the system's ssh, so that its configuration, keys and jump hosts hold. */
import type { ProcessEnd } from '../agent.ts'
import type { Host } from '../mapping.ts'
import { AGENT_SCRIPT, outputOf } from '../spawn.ts'
import { addressOn, localAddressTowards } from './address.ts'
import { isPassing, splitWords, sshCommand, sshQuestion } from './ssh-command.ts'
import type { Starter } from './starter.ts'

export class SshStarter implements Starter {
  readonly isCommon = false
  readonly environment = undefined
  readonly #words: readonly string[]
  readonly #interface: string | undefined
  readonly #ssh: string

  /** @param sshArguments `--ssh-args` @param wanted `--interface` @param ssh the program, ZMPI_SSH */
  constructor(sshArguments: string | undefined, wanted: string | undefined, ssh: string = 'ssh') {
    this.#words = splitWords(sshArguments ?? '')
    this.#interface = wanted
    this.#ssh = ssh
  }

  command([host]: readonly [Host]): readonly string[] {
    return sshCommand(this.#ssh, this.#words, host, { node: process.execPath, script: AGENT_SCRIPT })
  }

  async address(host: Host): Promise<string> {
    if (this.#interface !== undefined) return addressOn(this.#interface)
    return localAddressTowards(await this.#realName(host))
  }

  isPassing({ code }: ProcessEnd, words: string): boolean {
    return isPassing(code, words)
  }

  /** The name may be an alias in ssh's configuration. */
  async #realName(host: Host): Promise<string> {
    try {
      const answer = await outputOf(sshQuestion(this.#ssh, this.#words, host))
      return /^hostname (\S+)$/m.exec(answer)?.[1] ?? host.name
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        throw new Error(`${this.#ssh} is not in PATH`, { cause: error })
      return host.name
    }
  }
}
