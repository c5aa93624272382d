// Preloaded: makes zmpirun, and nobody else, crash at SIGUSR2.
if (process.argv[1]?.endsWith('zmpirun.js'))
  process.on('SIGUSR2', () => {
    throw new Error('crashed on purpose')
  })
