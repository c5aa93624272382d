// Prints 100,000 numbered lines on stdout, then ends at once as its argument says.
for (let line = 0; line < 100_000; line++) process.stdout.write(`line ${line}\n`)
const deed = process.argv[2]
if (deed === 'throw') throw new Error('after the flood')
if (deed === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
process.exit(0)
