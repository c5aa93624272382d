// Handles the exception of a worker thread.
import { isMainThread, Worker } from 'node:worker_threads'
if (isMainThread)
  new Worker(new URL(import.meta.url)).on('error', (error) => console.error(`worker failed: ${error.message}`))
else throw new Error('in the worker')
