/** Loads TypeScript files in a Node without type stripping: hooks for node:module's `register`, run in its thread. */
import type { InitializeHook, LoadHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import { moduleFormat } from './module-format.ts'
import { StrippedFiles } from './stripped-files.ts'

/** Whether a module is a TypeScript file. */
const TYPESCRIPT = /^file:.*\.[cm]?ts$/

let files = new StrippedFiles('')

export const initialize: InitializeHook<string> = (directory) => {
  files = new StrippedFiles(directory)
}

export const load: LoadHook = (url, context, nextLoad) => {
  if (!TYPESCRIPT.test(url)) return nextLoad(url, context)
  const file = fileURLToPath(url)
  const source = files.read(file)
  const format = moduleFormat(file, source)
  // CommonJS is loaded by the main thread's extensions, as `require` wants it.
  return format === 'module' ? { format, source, shortCircuit: true } : { format, shortCircuit: true }
}
