/** What an engine is recognised by, as it is here. */
import { readFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { isSocket } from './control-client.ts'
import type { Surroundings } from './engine.ts'

export function surroundingsOf(environment: NodeJS.ProcessEnv): Surroundings {
  return {
    environment,
    isSocket,
    hostName: hostname(),
    hosts: () => readFileSync('/etc/hosts', 'utf8'),
    temporary: tmpdir(),
    user: process.getuid?.() ?? 0,
  }
}
