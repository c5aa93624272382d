/** What a shell of another host runs to become an agent. Pure. */

/** What is to run there. */
export interface AgentProgram {
  /** Node as it is called here; another one is looked for in PATH where this is missing. */
  readonly node: string
  /** The agent's file, at the same place on every host. */
  readonly script: string
}

/**
 * A script for `/bin/sh`. Errors begin with `zmpi:`, so that they are told from what login scripts print; those of
 * a host that has its name from a variable, as `$SLURMD_NODENAME`, begin with `zmpi on NAME:`.
 * @param variable holds what the launcher calls the host, where it cannot say so by itself
 */
export function agentScript({ node, script }: AgentProgram, variable?: string): string {
  const speaker = variable === undefined ? 'zmpi' : `zmpi on $${variable}`
  const file = quote(script)
  return [
    `node=${quote(node)}`,
    `if [ ! -x "$node" ]; then node=$(command -v node) || { echo "${speaker}: node not found (PATH=$PATH)" >&2; exit 127; }; fi`,
    `if [ ! -r ${file} ]; then echo "${speaker}: this host has no "${file}": install zmpi at the same place on every host" >&2; exit 126; fi`,
    `exec "$node" ${file}${variable === undefined ? '' : ` "$${variable}"`}`,
  ].join('; ')
}

/** Always in quotes: it must hold for shells of every kind. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
