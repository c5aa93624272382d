// Prints whether it can open its terminal, or why not.
import { openSync } from 'node:fs'

try {
  openSync('/dev/tty')
  console.log('terminal')
} catch ({ code }) {
  console.log(code)
}
