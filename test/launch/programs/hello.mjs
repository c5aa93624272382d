// Prints its rank and what it was given.
console.log(
  JSON.stringify({ rank: Number(process.env.ZMPI_RANK), words: process.argv.slice(2), directory: process.cwd() }),
)
