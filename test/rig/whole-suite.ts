/** What must run, and come out right, wherever there are three hosts with two ranks each, whoever has started them. */
import { expect } from 'chai'
import { example, program } from './rig.ts'

export interface SuiteProgram {
  readonly name: string
  /** The script and its arguments. */
  readonly words: readonly string[]
  /** Lines that it must print, each after the number of its rank. */
  readonly lines: readonly (string | RegExp)[]
}

const HOST_OF_RANK = [1, 1, 2, 2, 3, 3]

export const WHOLE_SUITE: readonly SuiteProgram[] = [
  {
    name: 'a ring, a reduction and a broadcast',
    words: [program('ring.mjs')],
    lines: [
      '0 P0P1P2P3P4P5',
      ...HOST_OF_RANK.map((host, rank) => `${rank} on h${host} sum 15 last 299999 neighbours 2`),
    ],
  },
  {
    name: 'all collectives',
    words: [program('collectives.mjs')],
    lines: HOST_OF_RANK.map((_, rank) => `${rank} 270 checks, 2 on this host`),
  },
  {
    name: 'Mandelbrot',
    words: [example('mandelbrot/cyclic.ts'), '--size', '200', '--kmax', '256', '--times'],
    lines: [/^0 1907943 iterations, 6791 points inside$/],
  },
  {
    name: 'Jacobi',
    words: [example('28-heat.ts')],
    lines: [/^0 After 150 steps on \d×\d ranks the residual is 0\.150537$/],
  },
]

/** Checks output of which each line has its rank before it, as zmpirun and mpiexec (`[0] …`) or srun (`0: …`) write it. */
export function expectLines(output: string, expected: SuiteProgram['lines']): void {
  const lines = output.split('\n').map((line) => line.replace(/^ *(?:\[(\d+)\]|(\d+):) /, '$1$2 '))
  for (const line of expected)
    if (typeof line === 'string') expect(lines).to.include(line)
    else
      expect(
        lines.filter((one) => line.test(one)),
        `${String(line)} in\n${output}`,
      ).to.have.length(1)
}
