import { expect } from 'chai'
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RankMessage } from '../../../src/bootstrap/control.ts'
import { ControlChannel } from '../../../src/launcher/control-channel.ts'

/** Resolves with what the channel hears of a shell script, whose descriptor 3 leads to it. */
async function hear(script: string, meanwhile: (channel: ControlChannel, pid: number) => void): Promise<RankMessage[]> {
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  const heard: RankMessage[] = []
  const channel = new ControlChannel(
    child.stdio[3] as Socket,
    (message) => heard.push(message),
    (reason) => expect.fail(reason),
  )
  meanwhile(channel, child.pid ?? 0)
  await channel.closed
  return heard
}

describe("the agent's end of a control channel", () => {
  it('hears what a rank has said before its end, although it is told something when it has gone', async () => {
    const last = { type: 'abort', code: 3 } as const
    const heard = await hear(`echo '${JSON.stringify(last)}' >&3`, (channel, pid) => {
      // This process reads nothing meanwhile.
      execFileSync('/bin/sh', ['-c', `until grep -q '^State:.Z' /proc/${pid}/status; do :; done`])
      channel.send([{ type: 'nudge', peers: [1] }])
    })
    expect(heard).to.deep.equal([last])
  })

  it('tells a rank that does not listen yet more than there is room for', async () => {
    const messages = Array.from({ length: 300 }, (_, survey) => ({
      type: 'deadlock' as const,
      text: `${survey} ${'x'.repeat(5000)}`,
    }))
    // The rank says how many lines it was told, once it is told the last one.
    const script =
      'n=0; while read -r line <&3; do n=$((n+1)); [ $n = 300 ] && break; done; echo "{\\"type\\":\\"abort\\",\\"code\\":$n}" >&3'
    const heard = await hear(script, (channel) => channel.send(messages))
    expect(heard).to.deep.equal([{ type: 'abort', code: 300 }])
  })

  it('writes nothing once it is closed, whoever has its descriptor then', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'zmpi-'))
    const file = join(directory, 'file')
    let descriptor = -1
    try {
      await hear(':', (channel) => {
        channel.destroy()
        descriptor = openSync(file, 'w')
        channel.send([{ type: 'nudge', peers: [1] }])
      })
      expect(readFileSync(file, 'utf8')).to.equal('')
    } finally {
      closeSync(descriptor)
      rmSync(directory, { recursive: true })
    }
  })
})
