/** Whether a TypeScript file is an ES module or CommonJS, by Node's rules. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'

export type ModuleFormat = 'module' | 'commonjs'

/** @param stripped its JavaScript, which decides when neither extension nor package.json does */
export function moduleFormat(file: string, stripped: string): ModuleFormat {
  if (file.endsWith('.mts')) return 'module'
  if (file.endsWith('.cts')) return 'commonjs'
  return packageFormat(dirname(file)) ?? detectFormat(stripped)
}

/** What the nearest package.json says. */
function packageFormat(directory: string): ModuleFormat | undefined {
  try {
    const { type } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { type?: unknown }
    return type === 'module' || type === 'commonjs' ? type : undefined
  } catch {
    const parent = dirname(directory)
    return parent === directory || directory.endsWith('/node_modules') ? undefined : packageFormat(parent)
  }
}

/** What does not compile as the body of a CommonJS module has import, export or await at its top. */
function detectFormat(stripped: string): ModuleFormat {
  try {
    compileFunction(stripped, ['exports', 'require', 'module', '__filename', '__dirname'])
    return 'commonjs'
  } catch {
    return 'module'
  }
}
