/**
 * How TypeScript programs run under this Node: by itself where it strips types unasked, else by a loader of ours: the
 * early flag for it does less.
 */
import { join } from 'node:path'
import { StrippedFiles } from '../typescript/stripped-files.ts'

const LOADER = new URL('../typescript/loader.js', import.meta.url).href

/** The parts of `process` that tell. */
export interface NodeFacts {
  readonly versions: { readonly node: string }
  readonly features: object
}

/** Flags for a rank whose program is TypeScript; undefined: this Node does not strip types. */
export function nativeFlags({ versions, features }: NodeFacts): string[] | undefined {
  if (!('typescript' in features) || features.typescript === false) return undefined
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  // From 23.6 to 24.2 it warned.
  return major === 23 || (major === 24 && minor < 3) ? ['--disable-warning=ExperimentalWarning'] : []
}

/** Flags for the ranks of a TypeScript program; strips it beforehand where they would have to. */
export function prepareTypescript(program: string, jobDirectory: string): string[] {
  const flags = nativeFlags(process)
  if (flags !== undefined) return flags
  new StrippedFiles(join(jobDirectory, 'typescript')).prepare(program)
  return ['--import', LOADER]
}
