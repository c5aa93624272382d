/**
 * PMI-1, the wire protocol by which Hydra, Intel MPI, Flux and Slurm's pmi2 plugin serve the ranks that they start: lines
 * `cmd=name key=value …`, one request at a time. Pure. (Specified by MPICH's src/pmi; traps found by running: Slurm takes
 * what one read of 1024 bytes gives it for one command; newer Hydra adds fields that nobody has asked for.)
 */

/** Longest line that is sent, in bytes. */
const LONGEST = 900

export interface PmiLine {
  /** What follows `cmd=`. */
  readonly command: string
  readonly fields: ReadonlyMap<string, string>
}

/** @throws RangeError when a value cannot travel */
export function encodePmi(command: string, fields: Readonly<Record<string, string | number>> = {}): string {
  const words = Object.entries(fields).map(([key, value]) => {
    if (/[\s\\]/.test(String(value))) throw new RangeError(`${key} is ${JSON.stringify(value)}; legal: no space, no \\`)
    return ` ${key}=${value}`
  })
  const line = `cmd=${command}${words.join('')}\n`
  if (line.length > LONGEST) throw new RangeError(`a PMI line of ${line.length} bytes; legal: up to ${LONGEST}`)
  return line
}

/** @throws when the line is no answer */
export function parsePmi(line: string): PmiLine {
  const fields = new Map<string, string>()
  for (const word of line.trim().split(/ +/)) {
    const at = word.indexOf('=')
    // A message for people may have spaces.
    if (at > 0) fields.set(word.slice(0, at), word.slice(at + 1))
  }
  const command = fields.get('cmd')
  if (command === undefined) throw new Error(`PMI answers ${JSON.stringify(line)}`)
  return { command, fields }
}

/** The value that `get` has found; undefined: there is none. */
export function valueOf({ fields }: PmiLine): string | undefined {
  return fields.get('rc') === '0' && fields.get('found') !== 'FALSE' ? fields.get('value') : undefined
}

/**
 * Number of nodes in `PMI_process_mapping`, which is `(vector,(first node,nodes,ranks on each),…)`; undefined when it is
 * left out, as it is when it would be too long, or is of another kind.
 */
export function countNodes(mapping: string | undefined): number | undefined {
  if (mapping === undefined || !/^\(vector(,\(\d+,\d+,\d+\))+\)$/.test(mapping)) return undefined
  const nodes = new Set<number>()
  for (const [, first, count] of mapping.matchAll(/\((\d+),(\d+),\d+\)/g))
    for (let node = 0; node < Number(count); node++) nodes.add(Number(first) + node)
  return nodes.size
}
