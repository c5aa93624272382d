// Two ranks whose collectives go by the board by then; what then, the argument says.
import { Op, world } from 'zmpi'

await world.barrier()
for (let i = 0; i < 200; i++) await world.barrier()
switch (process.argv[2]) {
  case 'deadlock':
    if (world.rank === 0) await world.allreduceInto(new Float64Array(3), Op.sum)
    else await world.receive(0)
    break
  case 'gone':
    if (world.rank === 0) await world.barrier()
    break
  case 'killed':
    if (world.rank === 0) await world.barrier()
    else process.kill(process.pid, 'SIGKILL')
    break
  case 'mismatch':
    if (world.rank === 0) await world.broadcastInto(new Float64Array(3), 0)
    else await world.broadcastInto(new Float64Array(3), 1)
    break
  case 'ahead':
    // The root has left before the others read what it has published.
    if (world.rank !== 0) await new Promise((resolve) => setTimeout(resolve, 200))
    for (let i = 0; i < 30; i++) {
      const target = new Float64Array(2).fill(world.rank === 0 ? i : -1)
      await world.broadcastInto(target, 0)
      if (target[1] !== i) throw new Error(`${target[1]} where ${i} is due`)
    }
    break
  case 'limited':
    if (world.rank === 0) {
      const first = world.barrier()
      // It waits for its turn, and its timer shows nowhere.
      const code = await world.barrier({ signal: AbortSignal.timeout(1500) }).catch((error) => error.code)
      if (code !== 'ERR_ABORTED') throw new Error(code)
      await world.send('go on', 1)
      await first
    } else {
      await world.receive(0)
      await world.barrier()
    }
    break
  case 'timers': {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    while ((await world.allreduce(ticks, Op.min)) < 20);
    clearInterval(timer)
  }
}
console.log('done')
