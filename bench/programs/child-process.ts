/** Node's own IPC between a process and its forked child, with `serialization: 'advanced'` (structured clone). */
import { fork } from 'node:child_process'
import { follow, Inbox, lead } from './pair.ts'
import { parseTasks } from './task.ts'

const words = process.argv.slice(2)
const isChild = process.send !== undefined
const other = isChild ? process : fork(import.meta.filename, words, { serialization: 'advanced' })
const inbox = new Inbox()
other.on('message', (value: unknown) => inbox.arrive(value))
const link = {
  send: (value: unknown): void => void other.send?.(value as object),
  receive: (): Promise<unknown> => inbox.receive(),
}
await (isChild ? follow : lead)(link, parseTasks(words))
if (isChild) process.disconnect()
