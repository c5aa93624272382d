/** The values of one command line's options as they were typed, read and checked one by one. */
import { OPTIONS, type OptionName } from './option-table.ts'
import { UsageError } from './usage-error.ts'

/** Longest time that a timer of Node can measure, in seconds. */
const MAXIMUM_SECONDS = 2_147_483

export class OptionValues {
  readonly #values = new Map<OptionName, readonly unknown[]>()

  /** Takes option names to one value, or to a list when the option was repeated. */
  constructor(parsed: Readonly<Record<string, unknown>>) {
    for (const { name } of OPTIONS) if (parsed[name] !== undefined) this.#values.set(name, [parsed[name]].flat())
  }

  /** What several parts of the line say together. */
  static join(parts: readonly OptionValues[]): OptionValues {
    const all: Partial<Record<OptionName, unknown[]>> = {}
    for (const part of parts) for (const [name, values] of part.#values) (all[name] ??= []).push(...values)
    return new OptionValues(all)
  }

  flag(name: OptionName): boolean {
    return this.#values.has(name)
  }

  texts(name: OptionName): readonly string[] {
    return (this.#values.get(name) ?? []).map(String)
  }

  text(name: OptionName, form = /[^]/, legal = 'not empty'): string | undefined {
    const [text, second] = this.texts(name)
    if (second !== undefined)
      throw new UsageError(`${spell(name)} is given twice: ${JSON.stringify(text)} and ${JSON.stringify(second)}`)
    if (text !== undefined && !form.test(text)) throw illegal(name, text, legal)
    return text
  }

  integer(name: OptionName, minimum: number, maximum: number): number | undefined {
    const legal = `a whole number from ${minimum} to ${maximum}`
    const text = this.text(name, /^\d+$/, legal)
    if (text === undefined) return undefined
    if (Number(text) < minimum || Number(text) > maximum) throw illegal(name, text, legal)
    return Number(text)
  }

  seconds(name: OptionName): number | undefined {
    const legal = `seconds from 0 to ${MAXIMUM_SECONDS}, fractions allowed`
    const text = this.text(name, /^(\d+\.?\d*|\.\d+)$/, legal)
    if (text === undefined) return undefined
    if (Number(text) > MAXIMUM_SECONDS) throw illegal(name, text, legal)
    return Number(text)
  }

  choice<T extends string>(name: OptionName, choices: readonly T[]): T | undefined {
    const text = this.text(name)
    const choice = choices.find((candidate) => candidate === text)
    if (text !== undefined && choice === undefined) throw illegal(name, text, `one of ${choices.join(', ')}`)
    return choice
  }
}

/** An option as the user spells it. */
export function spell(name: string): string {
  return name.length <= 2 ? `-${name}` : `--${name}`
}

/** A word of the user as it was typed, or in quotes where it has more than printable characters, or very many. */
export function quote(word: string): string {
  if (/^[!-~]{1,80}$/.test(word)) return word
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word)
}

export function illegal(name: OptionName, value: string, legal: string): UsageError {
  const shown = value.length > 200 ? `${value.slice(0, 200)}…` : value
  return new UsageError(`${spell(name)} ${JSON.stringify(shown)}: must be ${legal}`)
}
