/** What this process holds: memory, and descriptors. From Linux's /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const KIB = 1024

function status(name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`/proc/self/status has no ${name}`)
  return Number(kibibytes) * KIB
}

/** Bytes of memory that are in use now. */
export function residentBytes(): number {
  return status('VmRSS')
}

/** Bytes of objects: after `settle`, what something still holds. Memory in use is more, since V8 keeps room for garbage. */
export function objectBytes(): number {
  return process.memoryUsage().heapUsed
}

/** The most that was in use since `resetPeak`. */
export function peakBytes(): number {
  return status('VmHWM')
}

export function resetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5')
}

export function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Lets go of what nobody uses: garbage twice, since freeing some makes more, and what waits for a turn of the event loop. */
export async function settle(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let round = 0; round < 2; round++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** One line for whoever started this: figures by name. */
export function report(figures: Readonly<Record<string, number | string>>): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`)
}
