/** What Node has itself: IPC of a forked child, threads, sockets. */
import { type Contestant, nodePair } from '../contestant.ts'

const isArray = (task: { payload: string }): boolean => task.payload === 'array'

export const childProcess: Contestant = nodePair('fork IPC', 'child-process', () => true)
export const worker: Contestant = nodePair('worker', 'worker', () => true)
export const unixSocket: Contestant = nodePair('unix', 'unix-socket', isArray)
