// Rank by rank, ends as its argument says: an exit code, a signal, `throw`, `reject`, or `wait`.
const deed = process.argv[2 + Number(process.env.ZMPI_RANK)]
if (deed === 'throw') throw new Error('thrown on purpose')
else if (deed === 'reject') void Promise.reject(new Error('rejected on purpose'))
else if (deed === 'wait') setInterval(() => {}, 60_000)
else if (deed.startsWith('SIG')) process.kill(process.pid, deed)
else process.exit(Number(deed))
if (deed !== 'throw') setInterval(() => {}, 60_000)
