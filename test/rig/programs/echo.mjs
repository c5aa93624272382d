// Repeats its input in many lines, so that more is under way than fits anywhere.
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'

const input = await text(process.stdin)
process.stderr.write(`${createHash('sha256').update(input).digest('hex')}\n`)
process.stdout.write(input)
