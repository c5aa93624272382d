import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Duplex, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { LineDecoder, type RankMessage } from '../../../src/bootstrap/control.ts'

describe("the rank's end of the control channel", () => {
  it('tears no line: what is said before an exit comes after all that was said before, however full the channel', async () => {
    const script = fileURLToPath(new URL('control-client-child.js', import.meta.url))
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
    const exited = once(child, 'exit')
    await once(child.stdout as Readable, 'data')
    const channel = child.stdio[3] as Duplex
    const heard: RankMessage[] = []
    const decoder = new LineDecoder<RankMessage>((message) => heard.push(message))
    channel.setEncoding('utf8').on('data', (text: string) => decoder.push(text))
    expect((await Promise.all([exited, once(channel, 'close')]))[0]).to.deep.equal([3, null])
    expect(
      heard.slice(0, -1).map((message) => (message.type === 'where' ? message.ranks[0] : undefined)),
    ).to.deep.equal(Array.from({ length: 500 }, (_, index) => index))
    expect(heard.at(-1)).to.deep.equal({ type: 'abort', code: 3 })
  })
})
