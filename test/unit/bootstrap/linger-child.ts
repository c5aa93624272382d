/**
 * Ends its script while a thread that does not keep it alive computes: for 20 ms, or, when told so, for ever. Told to exit,
 * it has communicated before, and calls process.exit.
 */
import { writeSync } from 'node:fs'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { Linger } from '../../../src/bootstrap/linger.ts'

if (isMainThread) {
  const isExit = process.argv.includes('exit')
  if (isExit) await (await import('../../../src/index.ts')).world.barrier()
  const started = new Int32Array(new SharedArrayBuffer(4))
  new Worker(new URL(import.meta.url), { workerData: { started, isEndless: process.argv.includes('endless') } }).unref()
  Atomics.wait(started, 0, 0)
  process.on('exit', () => writeSync(1, 'end\n'))
  if (isExit) process.exit()
  new Linger(() => false).touch()
} else {
  const { started, isEndless } = workerData as { started: Int32Array; isEndless: boolean }
  const start = process.cpuUsage()
  const milliseconds = (): number => (process.cpuUsage(start).user + process.cpuUsage(start).system) / 1000
  Atomics.store(started, 0, 1)
  Atomics.notify(started, 0)
  while (isEndless || milliseconds() < 20);
  writeSync(1, 'computed\n')
}
