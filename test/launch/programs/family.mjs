// Prints its process group and session, leaves a child behind, and ends.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const [, , , , group, session] = readFileSync('/proc/self/stat', 'utf8')
  .replace(/\(.*\)/s, '()')
  .split(' ')
console.log(group === String(process.pid) ? 'leads' : 'follows', session === String(process.pid) ? 'alone' : session)
spawn('sleep', ['1000'], { stdio: 'ignore' }).unref()
