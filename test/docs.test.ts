/**
 * Runs the examples of README.md and docs/: each block that begins with ```ts run N, as it stands, under `zmpirun -n N`.
 * An ```output block right after it says what the ranks print, in whatever order their lines mix.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Example {
  readonly line: number
  readonly ranks: number
  readonly program: string
  readonly output: string | undefined
}

function examplesOf(markdown: string): Example[] {
  const fences = /^```ts run (\d+)\n(.*?)^```\n(?:\n```output\n(.*?)^```\n)?/gms
  return [...markdown.matchAll(fences)].map(({ 1: ranks, 2: program = '', 3: output, index }) => ({
    line: markdown.slice(0, index).split('\n').length,
    ranks: Number(ranks),
    program,
    output,
  }))
}

function sortedLines(text: string): string[] {
  return text.trimEnd().split('\n').toSorted()
}

describe('the documentation', () => {
  // Inside the project, so that the examples find 'zmpi' as its users do.
  const parent = join(ROOT, 'dist', 'documentation')
  let directory = ''
  before(() => {
    mkdirSync(parent, { recursive: true })
    directory = mkdtempSync(join(parent, 'run-'))
  })
  after(() => rmSync(directory, { recursive: true }))

  const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)]
  for (const document of documents.filter((name) => name.endsWith('.md'))) {
    for (const { line, ranks, program, output } of examplesOf(readFileSync(join(ROOT, document), 'utf8'))) {
      it(`${document}:${line} runs on ${ranks} ranks${output === undefined ? '' : ' and prints what it says'}`, async () => {
        const path = join(directory, `${document.replaceAll(/\W/g, '-')}-${line}.ts`)
        writeFileSync(path, program)
        const words = [join(ROOT, 'bin/zmpirun.js'), '--no-label', '-n', String(ranks), path]
        const { stdout } = await promisify(execFile)(process.execPath, words)
        if (output === undefined) expect(stdout).not.to.equal('')
        else expect(sortedLines(stdout)).to.deep.equal(sortedLines(output))
      })
    }
  }
})
