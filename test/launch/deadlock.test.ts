import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { program, Run, zmpirun } from '../support/zmpirun.ts'

const ROOT = new URL('../../../', import.meta.url)

function mistake(name: string): string {
  return fileURLToPath(new URL(`examples/mistakes/${name}.ts`, ROOT))
}

/** Times differ from run to run. */
function withoutTimes(text: string): string {
  return text.replaceAll(/for \d+\.\d s/g, 'for … s')
}

describe('docs/mistakes.md', () => {
  const text = readFileSync(new URL('docs/mistakes.md', ROOT), 'utf8')
  const runs = text.matchAll(/^```text\n\$ zmpirun ([^\n]*) examples\/mistakes\/(\S*)\.ts\n(.*?)^```$/gms)
  for (const [, options = '', name = '', said = ''] of runs)
    it(`shows what is said of ${name}`, async () => {
      const { code, stderr } = await zmpirun([...options.split(' '), mistake(name)])
      expect(withoutTimes(stderr)).to.equal(withoutTimes(said))
      expect(code).to.equal(70)
    })
})

describe('a deadlock', () => {
  it('of many ranks is told', async () => {
    const { code, stderr } = await zmpirun(['-n', '16', mistake('ring-receives-first')])
    expect(stderr).to.match(/who waits for whom: 0 → 15 → 14 → 13 → 12 → 11 → 10 → 9 → 8 → 7 → 6 → … → 1 → 0$/m)
    expect(stderr).to.match(/^ {2}ranks 0–15 wait in receive\(source 0–15, tag any\)/m)
    expect(stderr.match(/zmpirun:/g), stderr).to.have.length(1)
    expect(code).to.equal(70)
  })

  for (const transport of ['auto', 'zmq'])
    it(`is told with its line after thousands of messages over ${transport}, of which not each line was noted`, async () => {
      const { code, stderr } = await zmpirun(['-n', '2', '--transport', transport, program('stuck-after-many.mjs')])
      const waits = stderr.match(/^ {2}ranks? .* waits? in .*$/gm) ?? []
      expect(waits, stderr).to.not.have.length(0)
      for (const wait of waits) expect(wait).to.match(/ at stuck-after-many\.mjs:7\b/)
      expect(code).to.equal(70)
    })

  it('is told over ZeroMQ as well', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', '--transport', 'zmq', mistake('wrong-tag')])
    expect(stderr).to.match(/likely cause: wrong tag/)
    expect(code).to.equal(70)
  })

  it('of the ranks that are left is told when others have ended', async () => {
    const { code, stderr } = await zmpirun(['-n', '3', program('deadlocked.mjs'), 'others-ended'])
    expect(stderr).to.match(/deadlock: rank 2 has ended, the other 2 ranks wait/)
    expect(code).to.equal(70)
  })

  it('of one rank with itself is told', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', program('deadlocked.mjs'), 'itself'])
    expect(stderr).to.match(/deadlock: rank 1 has ended, the last rank waits/)
    expect(stderr).to.match(/likely cause: rank 0 waits for itself/)
    expect(code).to.equal(70)
  })

  it('rejects the operations with ERR_DEADLOCK, and what is started afterwards; handlers have time', async () => {
    const { code, stdout, stderr } = await zmpirun(['-n', '2', program('deadlocked.mjs'), 'handled'])
    for (const rank of [0, 1]) {
      expect(stdout).to.match(
        new RegExp(
          `\\[${rank}\\] ERR_DEADLOCK receive\\(source ${1 - rank}, tag 4\\) at deadlocked\\.mjs:\\d+ is part of a deadlock`,
        ),
      )
      expect(stdout).to.include(`[${rank}] afterwards ERR_DEADLOCK`)
      expect(stdout).to.include(`[${rank}] cleaned up`)
    }
    expect(stderr.match(/zmpirun:/g), stderr).to.have.length(1)
    expect(code).to.equal(70)
  })

  it('is not what a rank that ended early leaves behind: that is an error at once', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', mistake('ended-early')])
    expect(stderr).to.match(/receive\(source 1, tag any\) at ended-early\.ts:5 cannot complete: rank 1 has e/)
    expect(code).to.equal(1)
  })

  it('is not what comes of collectives in another order: that is an error at once', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', mistake('wrong-order')])
    expect(stderr).to.match(/rank \d: barrier\(\) at wrong-order\.ts:6/)
    expect(stderr).to.match(/rank \d: allreduce\(number, Op\.sum\) at wrong-order\.ts:9/)
    expect(code).to.equal(1)
  })
})

describe('a program that is alive is not accused of a deadlock', () => {
  const alive = (way: string, ...options: string[]): string[] => ['-n', '2', ...options, program('alive.mjs'), way]

  for (const way of ['timer', 'child', 'output', 'worker', 'file', 'background', 'computation', 'timeout', 'signal'])
    it(`while one rank waits for: ${way}`, async () => {
      const { code, stdout, stderr } = await zmpirun(alive(way))
      expect(stderr).to.equal('')
      expect(stdout).to.include('rank 0 is done').and.to.include('rank 1 is done')
      expect(code).to.equal(0)
    })

  it('while a server waits for its clients', async () => {
    const run = new Run(alive('server'))
    const [, url = ''] = await run.until(/listening at (\S+)/)
    await pause(1500)
    await (await fetch(url)).text()
    const { code, stderr } = await run.ended
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('while rank 0 waits for its stdin', async () => {
    const input = new PassThrough()
    const run = new Run(alive('stdin'), { stdin: input })
    await run.until(/reading/)
    await pause(1500)
    input.end('a line\n')
    const { code, stderr } = await run.ended
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('while a rank is stopped', async () => {
    const run = new Run(alive('stopped'))
    const [, pid] = await run.until(/pid (\d+)/)
    process.kill(Number(pid), 'SIGSTOP')
    await pause(1500)
    process.kill(Number(pid), 'SIGCONT')
    const { code, stderr } = await run.ended
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('while a program that knows nothing of messages runs as one of the ranks', async () => {
    const { stderr } = await zmpirun(['-n', '1', 'sleep', '1.5', ':', '-n', '1', mistake('ended-early')])
    expect(stderr).not.to.include('deadlock')
  })

  it('while it may be debugged', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', '--timeout', '2.5', mistake('wrong-tag')], {
      env: { NODE_OPTIONS: '--inspect=0' },
    })
    expect(stderr).not.to.include('deadlock')
    expect(code).to.equal(110)
  })
})

describe('what everybody is doing', () => {
  it('is told at SIGQUIT, in one row for ranks that do the same; the job goes on', async () => {
    const run = new Run(['-n', '4', program('alive.mjs'), 'server'])
    const [, url = ''] = await run.until(/listening at (\S+)/)
    await run.until(/(is waiting[^]*){3}/)
    run.kill('SIGQUIT')
    await run.until(/^ {2}0 +\S+ +waits in receive\(source 1, tag 1\) +[\d.]+ s +alive\.mjs:\d+$/m)
    await run.until(/^ {2}1–3 +\S+ +waits in receive\(source 0, tag any\) +[\d.]+ s +alive\.mjs:\d+$/m)
    await (await fetch(url)).text()
    expect((await run.ended).code).to.equal(0)
  })

  it('is told when the time is over', async () => {
    const { code, stderr } = await zmpirun(['-n', '2', '--timeout', '2', program('alive.mjs'), 'server'])
    expect(stderr).to.match(/the time limit of 2 s is over; the ranks:\n {2}rank +host +state +for +at$/m)
    expect(stderr).to.match(/^ {2}0 .* waits in receive\(source 1, tag 1\)/m)
    expect(code).to.equal(110)
  })

  it('is told when one of several ranks fails', async () => {
    const { code, stderr } = await zmpirun(['-n', '4', program('deadlocked.mjs'), 'one-fails'])
    expect(stderr).to.match(/rank 3 .* exited with code 4/)
    expect(stderr).to.match(/^ {2}0 .* computing/m)
    expect(stderr).to.match(/^ {2}1–2 .* waits in receive\(source 3, tag any\) .* deadlocked\.mjs:\d+$/m)
    expect(stderr).to.match(/^ {2}3 .* exited with code 4/m)
    expect(code).to.equal(4)
  })
})

describe('messages that nobody received', () => {
  it('are a warning, and with --strict an error', async () => {
    const warned = await zmpirun(['-n', '2', mistake('never-received')])
    expect(warned.stderr).to.match(
      /warning: messages that nobody received:\n {2}rank 1: 1 message from rank 0 with tag 3/,
    )
    expect(warned.code).to.equal(0)
    const strict = await zmpirun(['-n', '2', '--strict', mistake('never-received')])
    expect(strict.stderr).to.match(/1 message that nobody received \(--strict\):\n {2}rank 1: 1 message from rank 0/)
    expect(strict.code).to.equal(70)
  })
})
