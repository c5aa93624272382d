/** A worker thread and `postMessage` (structured clone, nothing transferred: the sender keeps its array, as in MPI). */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { follow, Inbox, lead } from './pair.ts'
import { parseTasks } from './task.ts'

const words = process.argv.slice(2)
const other = parentPort ?? new Worker(new URL(import.meta.url), { argv: words })
const inbox = new Inbox()
other.on('message', (value: unknown) => inbox.arrive(value))
const link = {
  send: (value: unknown): void => other.postMessage(value),
  receive: (): Promise<unknown> => inbox.receive(),
}
await (isMainThread ? lead : follow)(link, parseTasks(words))
parentPort?.close()
