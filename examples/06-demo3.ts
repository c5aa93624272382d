// PyPar's demo3: rank 0 is the master, the others are workers. Who is done gets the next piece of work.
//   zmpirun -n 4 examples/06-demo3.ts
import { deepEqual, equal } from 'node:assert/strict'
import { anySource, anyTag, rank, receive, send, size } from 'zmpi/pypar'

const WORK = 1
const DIE = 2
const work = Array.from('abcdefghij')

async function lead(workers: number): Promise<void> {
  const done: string[] = []
  let dealt = 0
  const deal = (worker: number): Promise<void> => send(work[dealt++], worker, { tag: WORK })
  const collect = async (): Promise<number> => {
    const [result, status] = await receive<string>(anySource, { tag: WORK, returnStatus: true })
    console.log(`[MASTER] result '${result}' from worker ${status.source}`)
    done.push(result)
    return status.source
  }
  for (let worker = 1; worker <= workers; worker++) await deal(worker)
  while (dealt < work.length) await deal(await collect())
  while (done.length < work.length) await collect()
  for (let worker = 1; worker <= workers; worker++) await send('#', worker, { tag: DIE })

  console.log(`[MASTER] ${done.length} pieces of work are done`)
  equal(done.length, 10)
  deepEqual(
    done.toSorted(),
    work.map((item) => `X${item}`),
  )
}

async function serve(): Promise<void> {
  for (;;) {
    const [item, status] = await receive<string>(0, { tag: anyTag, returnStatus: true })
    if (status.tag === DIE) break
    await send(`X${item}`, 0, { tag: WORK })
  }
  console.log(`[WORKER ${rank()}] terminates`)
}

if (size() < 2 || size() > work.length) {
  // Rank 0 says so for all
  if (rank() === 0) {
    console.error(`demo3 needs 2 to ${work.length} processes, not ${size()}`)
    process.exitCode = 2
  }
} else if (rank() === 0) await lead(size() - 1)
else await serve()
