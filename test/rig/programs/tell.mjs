// What this process was given.
const { env, argv } = process
const names = ['GIVEN', 'EMPTY', 'LANG', 'SECRET_TOKEN', 'NODE_OPTIONS']
const variables = Object.fromEntries(names.map((name) => [name, env[name] ?? null]))
console.log(JSON.stringify({ words: argv.slice(2), directory: process.cwd(), variables }))
