/**
 * What of the launcher's environment goes to other hosts. Pure. Everything else is the host's own, or given by `-x`:
 * a launcher's environment holds tokens, agents' sockets and paths that mean nothing, or too much, elsewhere.
 */

/** Locale and time zone, terminal and colours, what programs commonly read to choose how they run, and zmpi's own. */
const FORWARDED =
  /^(LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLORTERM|FORCE_COLOR|NO_COLOR|DEBUG|NODE_ENV|UV_THREADPOOL_SIZE|OMP_NUM_THREADS|ZMPI_(ALGORITHM|BUFFER|SPIN))$/

/** The variables that go along without being asked for. */
export function forwardedEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(own).filter(
      (entry): entry is [string, string] => FORWARDED.test(entry[0]) && entry[1] !== undefined,
    ),
  )
}

/** What ranks of another host inherit from the shell that ssh gave its agent: without the traces of ssh itself. */
export function hostEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !/^(SSH_|ZMPI_)/.test(name)))
}
