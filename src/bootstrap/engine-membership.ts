/** The way into a job of ranks that another launcher has started. Loaded where zmpirun has not started this process. */
import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import type * as Direct from './direct.ts'
import { detectEngine } from './engine.ts'
import { surroundingsOf } from './engine-surroundings.ts'
import type { Membership } from './membership.ts'

/**
 * Undefined where nobody has started this process as one of several.
 * @throws MpiError `ERR_LAUNCH` when somebody has, and the ranks cannot find each other
 */
export function joinEngine(environment: NodeJS.ProcessEnv): Membership | undefined {
  const engine = detectEngine(surroundingsOf(environment))
  if (engine === undefined) return undefined
  const { DirectMembership, WorkerMembership } = createRequire(import.meta.url)(
    '../bootstrap/direct.js',
  ) as typeof Direct
  return isMainThread ? new DirectMembership(engine) : new WorkerMembership(engine)
}
