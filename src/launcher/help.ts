/** What `zmpirun --help` prints. The only importer of all of yargs, which makes the columns; loaded when somebody asks. */
import yargs from 'yargs'
import { OPTIONS } from './option-table.ts'

const WIDTH = 110

const WHAT_RUNS = `Starts the ranks of a parallel program. A program ending in .js .mjs .cjs .ts .mts or .cts runs under this
Node, anything else is executed.`

const EPILOGUE = `Examples:
  zmpirun -n 4 ring.ts                         four ranks on this machine
  zmpirun -n 4 --bind-to core pi.js 1000000    each on a core of its own
  zmpirun -n 1 master.ts : -n 3 worker.ts      two programs, one job
  zmpirun -n 8 --output logs --no-label sim.ts > all.txt

Exit status: 0 when all ranks ended with 0, else that of the first failure (128+n for signal n); 2 usage,
110 time limit, 70 deadlock or lost message, 127 program not found, 126 not executable.`

/** The text, at most 110 columns wide. */
export function helpText(): string {
  const help = yargs([])
    .scriptName('zmpirun')
    .locale('en')
    .help(false)
    .version(false)
    .usage(`zmpirun [options] program [arguments] [: [options] program [arguments] …]\n\n${WHAT_RUNS}`)
    .epilogue(EPILOGUE)
    .wrap(WIDTH)
  for (const { name, alias, value, describe, group } of OPTIONS)
    help.option(name, {
      ...(alias === undefined ? {} : { alias }),
      nargs: value === undefined ? 0 : 1,
      describe: value === undefined ? describe : `${value}  ${describe}`,
      group,
    })
  let text = ''
  help.showHelp((shown) => (text = shown))
  return text
}
