import { expect } from 'chai'
import { judge } from './model.ts'
import { ANY, type CollectiveCall, type Outcome, type Pattern, type Program, type Step } from './program.ts'

const send = (to: number, tag = 0, synchronous = false): Step => ({
  kind: 'send',
  comm: 0,
  to,
  tag,
  payload: { length: 2, isObject: false },
  synchronous,
})
const receive = (pattern: Partial<Pattern> = {}, later = false): Step => ({
  kind: 'receive',
  comm: 0,
  pattern: { source: ANY, tag: ANY, ...pattern },
  into: false,
  later,
})
const call: Step = { kind: 'collective', comm: 0, call: 0 }
const probe = (source: number): Step => ({ kind: 'probe', comm: 0, pattern: { source, tag: ANY } })

const done: Outcome = { kind: 'done' }
const got = (from: number, step: number): Outcome => ({ kind: 'message', from, step })
const result = (digest: string): Outcome => ({ kind: 'result', digest })

const nameless = { root: 0, length: 1, makes: [], colors: [], keys: [] }

/** What is said of these outcomes, step by step; undefined stands for a step that waits for ever. */
function verdict(
  scripts: readonly (readonly Step[])[],
  seen: readonly (readonly (Outcome | undefined)[])[],
  collective = 'barrier',
  atRest = true,
): string {
  const calls: CollectiveCall[] = [{ name: collective, ...nameless }]
  const program: Program = { seed: 0, groups: [{ members: scripts.map((_, rank) => rank), calls }], scripts }
  const traces = seen.map(
    (outcomes) =>
      new Map(outcomes.flatMap((outcome, step) => (outcome === undefined ? [] : [[step, outcome] as const]))),
  )
  const { problem, stuck } = judge(program, traces, atRest)
  return problem ?? (stuck.length === 0 ? 'well' : `stuck ${stuck.map((step) => step.join('.')).join(' ')}`)
}

describe('the reference model of chaos programs', () => {
  it('wants the messages of a sender in order', () => {
    const scripts = [
      [send(1), send(1)],
      [receive(), receive()],
    ]
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), got(0, 1)],
      ]),
    ).to.equal('well')
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 1), got(0, 0)],
      ]),
    ).to.match(/step 0 of rank 1 .* though it could not/)
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), got(0, 0)],
      ]),
    ).to.match(/which step 0 of rank 1 .* got too/)
  })

  it('lets a receive pass by what it does not want', () => {
    const scripts = [
      [send(1, 1), send(1, 2)],
      [receive({ tag: 2 }), receive({ tag: 1 })],
    ]
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 1), got(0, 0)],
      ]),
    ).to.equal('well')
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), got(0, 1)],
      ]),
    ).to.match(/which it does not match/)
  })

  it('gives a message to the receive that was posted first', () => {
    const scripts = [[send(1, 5)], [receive({}, true), receive({ tag: 5 }, true)]]
    expect(verdict(scripts, [[done], [got(0, 0), undefined]])).to.equal('stuck 1.1')
    expect(verdict(scripts, [[done], [undefined, got(0, 0)]])).to.match(/step 1 of rank 1 .* though it could not/)
  })

  it('accepts whichever sender a wildcard takes, and exactly the deadlock that comes of it', () => {
    const scripts = [[receive(), receive({ source: 1 })], [send(0)], [send(0)]]
    expect(verdict(scripts, [[got(2, 0), got(1, 0)], [done], [done]])).to.equal('well')
    expect(verdict(scripts, [[got(1, 0), undefined], [done], [done]])).to.equal('stuck 0.1')
    expect(verdict(scripts, [[got(2, 0), undefined], [done], [done]])).to.match(/waits for ever, though .* is there/)
    expect(verdict(scripts, [[got(1, 0), got(1, 0)], [done], [done]])).to.match(/got too/)
  })

  it('knows that plain sends are buffered and synchronous ones wait', () => {
    const both = (synchronous: boolean): Step[][] => [
      [send(1, 0, synchronous), receive()],
      [send(0, 0, synchronous), receive()],
    ]
    expect(
      verdict(both(false), [
        [done, got(1, 0)],
        [done, got(0, 0)],
      ]),
    ).to.equal('well')
    expect(verdict(both(false), [[], []])).to.match(/sends are buffered/)
    expect(verdict(both(true), [[], []])).to.equal('stuck 0.0 1.0')
    expect(
      verdict(both(true), [
        [done, got(1, 0)],
        [done, got(0, 0)],
      ]),
    ).to.match(/though it could not/)
  })

  it('does not believe in messages that could be sent only later', () => {
    const scripts = [
      [receive(), send(1)],
      [receive(), send(0)],
    ]
    expect(verdict(scripts, [[], []])).to.equal('stuck 0.0 1.0')
    expect(
      verdict(scripts, [
        [got(1, 1), done],
        [got(0, 1), done],
      ]),
    ).to.match(/though it could not/)
  })

  it('lets a rank leave a collective when those have come on whom its result depends', () => {
    const scripts = [[call], [call], [receive()]]
    expect(verdict(scripts, [[], [], []])).to.equal('stuck 0.0 1.0 2.0')
    expect(verdict(scripts, [[result('undefined')], [], []])).to.match(/though it could not/)
    const broadcast = [[call], [call], [receive(), call]]
    expect(verdict(broadcast, [[result('{"int32":[0]}')], [], []], 'broadcast')).to.equal('stuck 1.0 2.0')
    expect(verdict(broadcast, [[], [result('{"int32":[0]}')], []], 'broadcast')).to.equal('stuck 0.0 2.0')
    expect(verdict([[call], [call]], [[], []], 'broadcast')).to.match(/all have called it/)
    expect(verdict([[call], [call]], [[result('{"int32":[0]}')], [result('{"int32":[1]}')]], 'broadcast')).to.match(
      /step 0 of rank 1 .* instead of {"int32":\[0\]}/,
    )
  })

  it('wants a probe to find the first message that no earlier receive gets', () => {
    const scripts = [
      [send(1, 1), send(1, 2)],
      [receive({ tag: 1 }, true), probe(0)],
    ]
    const found = (tag: number): Outcome => ({ kind: 'found', source: 0, tag, length: 2 })
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), found(2)],
      ]),
    ).to.equal('well')
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), found(1)],
      ]),
    ).to.match(/but the first is/)
    expect(
      verdict(scripts, [
        [done, done],
        [got(0, 0), undefined],
      ]),
    ).to.match(/is there/)
  })

  it('knows that a rank that was stopped may not have told of its last match', () => {
    const scripts = [[send(1, 0, true)], [receive()]]
    expect(verdict(scripts, [[done], []])).to.match(/though it could not/)
    expect(verdict(scripts, [[done], []], 'barrier', false)).to.equal('stuck 1.0')
    expect(verdict([[send(1, 0, true)], [receive({ tag: 5 })]], [[done], []], 'barrier', false)).to.match(/could not/)
  })

  it('passes on what was seen to be wrong by itself', () => {
    expect(verdict([[send(0)]], [[{ kind: 'failed', error: 'ERR_PROTOCOL' }]])).to.match(/failed: ERR_PROTOCOL/)
    const spoilt: Outcome = { kind: 'message', from: 0, step: 0, wrong: 'its content has changed' }
    expect(verdict([[send(1)], [receive()]], [[done], [spoilt]])).to.match(/its content has changed/)
  })
})
