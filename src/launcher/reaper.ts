/**
 * Kills what an agent leaves behind when it dies, however it dies: a shell in a session of its own holds the process
 * groups of the ranks, and when the pipe from the agent ends without farewell, it kills them and removes the job's
 * directory. Ranks need do nothing for it, so busy loops and programs that know nothing of zmpi are reached too.
 */
import type { Writable } from 'node:stream'
import { spawnShell } from './spawn.ts'

/**
 * Lines: `+GROUP`, `-GROUP`, `~PROCESS` for one that ends by itself once its input has ended
 * (`~` when it has), and `.` when all is well. A rank whose start was cut short was never announced: it is known by
 * its environment, which it has once it runs its program.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM TSTP
groups=' '
patient=
while read -r line; do
  case $line in
    +*) groups="$groups\${line#+} " ;;
    -*) groups="\${groups%% \${line#-} *} \${groups#* \${line#-} }" ;;
    \\~*) patient=\${line#?} ;;
    .) exit 0 ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
for look in 1 2 3; do
  for file in $(grep -lszxF "ZMPI_JOB_DIR=$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}"
  done
  sleep 0.1
done
rm -rf -- "$1"
for look in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -n "$patient" ] && kill -s 0 "$patient" || exit 0
  sleep 0.1
done
kill -s KILL "$patient"
`

export class Reaper {
  readonly #input: Writable
  readonly pid: number | undefined

  constructor(directory: string) {
    const child = spawnShell(SCRIPT, [directory])
    // Without a shell there is no second safety; ranks still end with their control channel.
    child.on('error', () => {})
    this.pid = child.pid
    this.#input = child.stdin as Writable
    this.#input.on('error', () => {})
    ;(this.#input as Writable & { unref?: () => void }).unref?.()
  }

  /** From now on `group` dies with this process. Written before the call returns. */
  guard(group: number): void {
    this.#input.write(`+${group}\n`)
  }

  /** `group` has ended: its number may soon belong to somebody else. */
  release(group: number): void {
    this.#input.write(`-${group}\n`)
  }

  /** Should this process die, `process` is given two seconds to end by itself; undefined: it has ended. One at a time. */
  await(process: number | undefined): void {
    this.#input.write(`~${process ?? ''}\n`)
  }

  /** Nothing is left to guard. */
  close(): void {
    this.#input.end('.\n')
  }
}
