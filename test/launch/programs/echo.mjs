// Writes back what it reads.
process.stdin.pipe(process.stdout)
