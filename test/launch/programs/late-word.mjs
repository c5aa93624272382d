/** Rank 1 ends while the launcher is stopped, as a machine with too much to do may stop it; rank 0 goes on meanwhile. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { world } from 'zmpi'

const SECONDS = 4
const launcher = process.ppid
if (world.rank === 1) {
  await world.receive(0)
  const words = ['-c', `kill -STOP ${launcher}; echo; sleep ${SECONDS}; kill -CONT ${launcher}`]
  const helper = spawn('sh', words, { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
  await new Promise((resolve) => helper.stdout.once('data', resolve))
  helper.unref()
  helper.stdout.destroy()
} else {
  await world.send('go', 1)
  // Somebody else may always send: this rank hears of the end of the connection.
  const nothing = world.receive(1).catch((error) => error.code)
  await pause((SECONDS + 2) * 1000)
  console.log(await nothing)
}
