/** Preloaded into ranks whose program is TypeScript, where Node does not strip types by itself. */
import Module, { register } from 'node:module'
import { join } from 'node:path'
import { moduleFormat } from './module-format.ts'
import { StrippedFiles } from './stripped-files.ts'

/** As node:module has it, beyond its types. */
interface CommonJs {
  _extensions: Record<
    string,
    (module: { _compile(source: string, file: string, format: string): void }, file: string) => void
  >
}

const directory = join(process.env['ZMPI_JOB_DIR'] ?? '', 'typescript')
register('../typescript/hooks.js', import.meta.url, { data: directory })

const files = new StrippedFiles(directory)
for (const extension of ['.ts', '.cts', '.mts'])
  (Module as unknown as CommonJs)['_extensions'][extension] = (module, file) => {
    const source = files.read(file)
    module['_compile'](source, file, moduleFormat(file, source))
  }
