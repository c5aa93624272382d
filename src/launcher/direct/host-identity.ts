/** Which processes are on one host in the sense of zmpi: those that can see each other's processes, memory and network. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Two containers on one machine are two hosts, unless they share all of it. */
export function hostIdentity(): string {
  const parts = [
    () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    () => readlinkSync('/proc/self/ns/pid'),
    () => readlinkSync('/proc/self/ns/net'),
  ]
  return [hostname(), ...parts.map(orNothing)].join(' ')
}

function orNothing(read: () => string): string {
  try {
    return read()
  } catch {
    // Not Linux.
    return ''
  }
}
