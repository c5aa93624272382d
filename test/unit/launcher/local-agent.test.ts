import { expect } from 'chai'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RankMessage } from '../../../src/bootstrap/control.ts'
import { createJobDirectory } from '../../../src/launcher/job-directory.ts'
import { LocalAgent } from '../../../src/launcher/local-agent.ts'

/** Longer than a pipe may be silent, in milliseconds. */
const STANDSTILL = 1200
const MESSAGE: RankMessage = { type: 'abort', code: 3 }

/** A rank that ends as soon as there is a stranger, not of its group, who has its descriptors and does this. */
function rankWith(stranger: string): string {
  // In it $0 is the job's directory, $1 the rank's process, $2 what may be said.
  const words = `'${JSON.stringify(MESSAGE)}'`
  return `
    setsid sh -c ': > "$0/begun"; ${stranger}; : > "$0/said"' "$1" $$ ${words} 2> /dev/null &
    until [ -e "$1/begun" ]; do sleep 0.01; done`
}
/** He waits until he is asked, but not for ever. */
const ASKED = 'i=0; until [ -e "$0/asked" ] || [ $((i += 1)) -gt 2000 ]; do sleep 0.01; done'

interface Scene {
  output: string
  readonly messages: RankMessage[]
  /** This process stands still, and the stranger does what he is asked for. */
  standStill(): void
}

/** Runs such a rank; `onOutput` and `onEnd` are called by its agent. Resolves when nothing is left. */
async function run(script: string, onOutput: (scene: Scene) => void, onEnd: (scene: Scene) => void): Promise<Scene> {
  const directory = createJobDirectory()
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const scene: Scene = {
    output: '',
    messages: [],
    standStill: () => {
      const end = performance.now() + STANDSTILL
      writeFileSync(join(directory, 'asked'), '')
      while (!existsSync(join(directory, 'said')) || performance.now() < end) {
        if (performance.now() > end + 20_000) throw new Error('the stranger is gone')
        Atomics.wait(pause, 0, 0, 10)
      }
    },
  }
  const host = { name: 'here', user: undefined, slots: 1, maxSlots: undefined, cores: [], isLocal: true }
  const placement = { rank: 0, application: 0, host, localRank: 0, localSize: 1, core: undefined }
  const command = ['/bin/sh', '-c', script, 'rank', directory]
  await new Promise<void>((resolve, reject) => {
    const agent = new LocalAgent(
      { job: 1, size: 1, transport: 'auto', logLevel: 'warn', directory, segment: '', network: undefined },
      {
        onStart: (_rank, _pid, { stdout, stderr }) => {
          stderr.resume()
          stdout.setEncoding('utf8').on('data', (text: string) => {
            scene.output += text
            onOutput(scene)
          })
        },
        onMessage: (_rank, message) => void scene.messages.push(message),
        onEnd: () => onEnd(scene),
        onGone: () => {
          agent.close()
          resolve()
        },
        onUnstartable: (_rank, error) => reject(error),
        onStopped: () => {},
        onHostsFailed: () => {},
      },
    )
    agent.start([{ placement, command, environment: process.env, workingDirectory: '/', hasInput: false }])
  })
  return scene
}

describe('the agent of a host that stood still itself', () => {
  it('reads what a rank has left to be printed before it takes the silence for its end', async () => {
    const script = `exec 3>&-; ${rankWith(`${ASKED}; echo late`)}`
    const { output } = await run(script, () => {}, (scene) => scene.standStill()) // prettier-ignore
    expect(output).to.equal('late\n')
  })

  it('reads what was said on its control channel before it takes the silence for its end', async () => {
    // It is reaped, and the agent waits for the end of its channel, when it is gone.
    const script = rankWith(`while kill -0 $1; do sleep 0.01; done; echo gone; ${ASKED}; echo "$2" >&3`)
    const { messages } = await run(script, (scene) => scene.standStill(), () => {}) // prettier-ignore
    expect(messages).to.deep.equal([MESSAGE])
  })
})
