/** Starts agents on the nodes of an allocation of Slurm, by one srun for all of them. */
import type { Host } from '../mapping.ts'
import { addressOn, localAddressTowards } from './address.ts'
import { AGENT_SCRIPT, outputOf } from '../spawn.ts'
import { srunCommand, srunEnvironment, sweepCommand } from './srun-command.ts'
import type { Starter } from './starter.ts'

export class SlurmStarter implements Starter {
  readonly isCommon = true
  readonly environment: NodeJS.ProcessEnv
  readonly #interface: string | undefined

  /** @param own the environment in which the allocation was found @param wanted `--interface` */
  constructor(own: NodeJS.ProcessEnv, wanted: string | undefined) {
    this.environment = srunEnvironment(own)
    this.#interface = wanted
  }

  command(hosts: readonly Host[]): readonly string[] {
    const nodes = hosts.map(({ name }) => name)
    return srunCommand(nodes, { node: process.execPath, script: AGENT_SCRIPT })
  }

  async address(host: Host): Promise<string> {
    if (this.#interface !== undefined) return addressOn(this.#interface)
    return localAddressTowards(await this.#realName(host.name))
  }

  /** srun tries again by itself. */
  isPassing(): boolean {
    return false
  }

  sweep(hosts: readonly string[], directories: readonly string[]): readonly string[] {
    return sweepCommand(hosts, directories)
  }

  /** Slurm knows addresses of nodes whose names nobody else may know. */
  async #realName(node: string): Promise<string> {
    try {
      const answer = await outputOf(['scontrol', '--oneliner', 'show', 'node', node])
      return / NodeAddr=(\S+)/.exec(answer)?.[1] ?? node
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Error('srun is not in PATH', { cause: error })
      return node
    }
  }
}
