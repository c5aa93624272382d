export type Greeting = string
export const greeting: Greeting = 'hello'
if (import.meta.filename === process.argv[1]) console.log('module', greeting)
