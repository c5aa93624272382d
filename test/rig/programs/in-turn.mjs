// Runs several programs one after the other as one. Arguments: a JSON list of them, each with its arguments.
const programs = JSON.parse(process.argv[2])
for (const [file, ...words] of programs) {
  process.argv.splice(1, Infinity, file, ...words)
  await import(file)
}
