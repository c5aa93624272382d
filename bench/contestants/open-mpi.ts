/** Open MPI: in C, compiled here, and through mpi4py (NumPy buffers for typed arrays, pickled objects for records). */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Command, type Contestant, outputOf, ROOT } from '../contestant.ts'

const BINARY = `${ROOT}dist/bench/c/bench`
/** As root, mpirun wants to be told twice that this is meant. */
const environment = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' }

function mpirun(ranks: number, program: readonly string[]): Command {
  return { file: 'mpirun', arguments: ['--oversubscribe', '-n', String(ranks), ...program], environment }
}

async function openMpi(): Promise<string | undefined> {
  const text = await outputOf('mpirun', '--version')
  return text?.includes('Open MPI') ? text.split('\n')[0]?.replace('mpirun (Open MPI)', 'Open MPI') : undefined
}

export const openMpiC: Contestant = {
  name: 'C',
  find: async () => {
    const version = await openMpi()
    if (version === undefined) return undefined
    await mkdir(dirname(BINARY), { recursive: true })
    const compiled = await outputOf('mpicc', '-O3', '-o', BINARY, `${ROOT}bench/c/bench.c`)
    return compiled === undefined ? undefined : `C on ${version}`
  },
  plays: (task) => task.payload === 'array',
  command: (_, ranks) => mpirun(ranks, [BINARY]),
}

/** The first Python that has both modules. */
let python = ''

export const mpi4py: Contestant = {
  name: 'mpi4py',
  find: async () => {
    const version = await openMpi()
    if (version === undefined) return undefined
    const script =
      'import sys, mpi4py, numpy; print(f"mpi4py {mpi4py.__version__}, NumPy {numpy.__version__}, Python {sys.version.split()[0]}")'
    for (const candidate of ['python3', '/usr/bin/python3']) {
      const modules = await outputOf(candidate, '-c', script)
      if (modules === undefined) continue
      python = candidate
      return `${modules} on ${version}`
    }
    return undefined
  },
  plays: (task) => task.work !== 'mandelbrot',
  command: (_, ranks) => mpirun(ranks, [python, `${ROOT}bench/python/bench.py`]),
}
