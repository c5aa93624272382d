/**
 * Types out of TypeScript, everything else where it was: lines and columns stay. The only importer of swc's stripper,
 * which is loaded when the first file needs it.
 */
import { createRequire } from 'node:module'
import type { transformSync } from '@swc/wasm-typescript'

/** What the stripper throws. */
interface Refusal {
  readonly code: 'UnsupportedSyntax' | 'InvalidSyntax'
  readonly message: string
  readonly snippet: string
  readonly startLine: number
}

/**
 * Blanks what only TypeScript knows.
 * @param file for messages
 * @throws {SyntaxError} naming file and line, for syntax that needs more than erasing (enum, namespace, parameter
 * property) with the code ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX, else with ERR_INVALID_TYPESCRIPT_SYNTAX, as Node's own
 */
export function stripTypes(source: string, file: string): string {
  const swc = createRequire(import.meta.url)('@swc/wasm-typescript') as { transformSync: typeof transformSync }
  try {
    return swc.transformSync(source, { mode: 'strip-only', filename: file, deprecatedTsModuleAsError: true }).code
  } catch (error) {
    const { code, message, snippet, startLine } = error as Refusal
    if (code !== 'UnsupportedSyntax' && code !== 'InvalidSyntax') throw error
    const text = `${message}\n${file}:${startLine}\n${snippet.replace(/^\n|\n$/g, '')}`
    const refusal = new SyntaxError(text)
    // The frames would be the loader's.
    refusal.stack = `SyntaxError: ${text}`
    throw Object.assign(refusal, {
      code: `ERR_${code === 'UnsupportedSyntax' ? 'UNSUPPORTED' : 'INVALID'}_TYPESCRIPT_SYNTAX`,
    })
  }
}
