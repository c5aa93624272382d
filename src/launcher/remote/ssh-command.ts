/** The command lines that start an agent through the system's ssh. Pure. */
import { quoteForShell } from '../shell-quote.ts'
import { UsageError } from '../usage-error.ts'
import { agentScript, quote, type AgentProgram } from './agent-script.ts'

/** Seconds for the connection and its handshake. */
const CONNECT_TIMEOUT = 10

export interface SshTarget {
  readonly name: string
  readonly user: string | undefined
}

/**
 * The ssh command for one host.
 * @param ssh the program itself, `ssh`
 * @param words `--ssh-args`, split
 */
export function sshCommand(ssh: string, words: readonly string[], target: SshTarget, program: AgentProgram): string[] {
  return [...sshWords(ssh, words, target), '--', target.name, remoteCommand(program)]
}

/** Asks ssh by which address, name and port it would reach the host. */
export function sshQuestion(ssh: string, words: readonly string[], target: SshTarget): string[] {
  return [...sshWords(ssh, words, target), '-G', '--', target.name]
}

function sshWords(ssh: string, words: readonly string[], { user }: SshTarget): string[] {
  const fixed = ['-x', '-T', '-o', 'BatchMode=yes', '-o', `ConnectTimeout=${CONNECT_TIMEOUT}`]
  // The first value of an option counts: what the user says goes before.
  return [ssh, ...words, ...fixed, ...(user === undefined ? [] : ['-l', user])]
}

/** What the login shell of the other host runs. Whatever shell that is, it only has to pass one quoted word on to sh. */
export function remoteCommand(program: AgentProgram): string {
  return `exec /bin/sh -c ${quote(agentScript(program))}`
}

/**
 * Splits `--ssh-args` as a shell would: spaces divide, quotes and backslashes hold together.
 * @throws {UsageError} when a quote is not closed
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let rest = text.trim()
  while (rest !== '') {
    const [word = '', ...none] = /^(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+/s.exec(rest) ?? []
    if (word === '' && none.length === 0)
      throw new UsageError(`--ssh-args ${quoteForShell(text)}: a quote is not closed`)
    rest = rest.slice(word.length).trimStart()
    words.push(
      word.replaceAll(
        /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
      ),
    )
  }
  return words
}

/** Whether an attempt that ended so may succeed a moment later: a busy sshd, a name server that did not answer. */
export function isPassing(code: number | undefined, words: string): boolean {
  return (
    code === 255 &&
    /(kex_exchange_identification|ssh_exchange_identification|banner exchange).*(closed|reset)|Temporary failure in name resolution|Connection (reset|closed) by .* \[?preauth/i.test(
      words,
    )
  )
}
