/** The starter that a plan needs, and how long a start may take. */
import type { LaunchOptions } from '../options.ts'
import type { Plan } from '../plan.ts'
import { UsageError } from '../usage-error.ts'
import { LocalStarter } from './local-starter.ts'
import { SlurmStarter } from './slurm.ts'
import { SshStarter } from './ssh.ts'
import type { Starter } from './starter.ts'

/** Seconds for a host to become ready. */
const START_LIMIT = 30

/** @throws {UsageError} */
export function createStarter(
  launcher: Plan['launcher'],
  { sshArguments, interface: wanted }: Pick<LaunchOptions, 'sshArguments' | 'interface'>,
  environment: NodeJS.ProcessEnv,
): { readonly starter: Starter; readonly startLimit: number } {
  const text = environment['ZMPI_START_TIMEOUT'] ?? String(START_LIMIT)
  const startLimit = Number(text)
  if (!(startLimit > 0 && startLimit <= 86_400))
    throw new UsageError(`ZMPI_START_TIMEOUT is ${JSON.stringify(text)}; legal: seconds up to 86400`)
  return { starter: starterOf(), startLimit }

  function starterOf(): Starter {
    switch (launcher) {
      case 'local':
        return new LocalStarter(wanted)
      case 'slurm':
        return new SlurmStarter(environment, wanted)
      case 'ssh':
        return new SshStarter(sshArguments, wanted, environment['ZMPI_SSH'])
    }
  }
}
