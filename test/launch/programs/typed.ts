/** TypeScript that imports TypeScript of each kind; throws on request, at a line and column that its stack names. */
import { greeting, type Greeting } from './typed-module.mts'
import common from './typed-common.cts'

interface Facts {
  readonly url: string
}
const words: Greeting = greeting
const facts: Facts = { url: import.meta.url }
console.log(
  words,
  (common as unknown as { answer: number }).answer,
  facts.url === new URL(`file://${encodeURI(process.argv[1] ?? '')}`).href,
)
if (process.argv[2] === 'throw') throw new Error(`typed ${words}`)
