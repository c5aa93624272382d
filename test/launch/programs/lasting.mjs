// Prints "ready" and its pid, then goes on for ever in the way that its argument says.
import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'

const way = process.argv[2]
if (way.startsWith('stubborn'))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => writeSync(1, `${signal}\n`))
if (way === 'polite') process.on('SIGINT', () => process.exit(0))
if (way === 'family') for (let child = 0; child < 2; child++) spawn('sleep', ['1000'], { stdio: 'ignore' })
process.on('SIGUSR2', () => writeSync(1, 'SIGUSR2\n'))
if (way === 'stubborn-unread') writeSync(1, 'a line\n')
writeSync(way === 'stubborn-unread' ? 2 : 1, `ready ${process.pid}\n`)
if (way === 'loop') for (;;);
if (way === 'write') for (;;) writeSync(1, `${'x'.repeat(1000)}\n`)
setInterval(() => {}, 60_000)
