/**
 * What `npm run build` does after the compiler: joins the modules of src into a few files in dist/lib, from which everything
 * runs that users start. A rank reads some twenty files instead of a hundred and thirty. The tests of single modules use
 * those in dist/src.
 *
 * Files that others find by their path (`new URL`, `createRequire`) have an entry here, under the path that they have in src:
 * one folder deep, as are the chunks, so that `../folder/file.js` leads from each of them to each.
 */
import { build } from 'rolldown'

const ENTRIES = [
  'bootstrap/communication',
  'bootstrap/direct',
  'bootstrap/engine-membership',
  'bootstrap/preload',
  'comm/collectives',
  'launcher/agent-main',
  'launcher/index',
  'launcher/main',
  'launcher/proxy-main',
  'typescript/hooks',
  'typescript/loader',
]

const inputs = ENTRIES.map((entry) => [entry, `src/${entry}.ts`])

await build({
  input: Object.fromEntries([...inputs, ['api/index', 'src/index.ts'], ['api/pypar', 'src/pypar.ts']]),
  platform: 'node',
  external: [/^[^./]/],
  output: {
    dir: 'dist/lib',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    sourcemap: true,
    cleanDir: true,
  },
})
