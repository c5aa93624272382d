import { expect } from 'chai'
import { Glance } from '../../../src/p2p/glance.ts'
import { OpenSends } from '../../../src/p2p/open-sends.ts'
import { Outgoing } from '../../../src/p2p/outgoing.ts'
import { Outstanding } from '../../../src/p2p/outstanding.ts'
import { Peers } from '../../../src/p2p/peer.ts'
import type { Scope } from '../../../src/p2p/scope.ts'
import { Statuses } from '../../../src/p2p/statuses.ts'
import { SilentTransport } from '../../support/silent-transport.ts'

const BYTES = 4096
const scope: Scope = { name: 'world', processes: [0, 1], rankOf: (process) => process }
const transport = new SilentTransport()
const peer = new Peers(transport, 4096, 16).get(1)

/** A send that was announced as number `id`; 0: one that waits for credit. */
function sendOf(id: number, synchronous = false): Outgoing {
  const body = new Uint8Array(BYTES)
  const message = { context: 0, tag: 0, type: 1, bytes: BYTES, signature: 0, synchronous, body, rest: [] }
  return Object.assign(new Outgoing({ peer, ...message, scope, operation: 'send', site: undefined }), { id })
}

/** Sends of which `budgetBytes` bytes may be buffered. */
function open(budgetBytes: number): { outstanding: Outstanding; sends: OpenSends } {
  const outstanding = new Outstanding(transport, new Glance(new Statuses()))
  return { outstanding, sends: new OpenSends(outstanding, budgetBytes) }
}

function begin(sends: OpenSends, ...operations: Outgoing[]): void {
  for (const operation of operations) {
    sends.begin(operation, true)
    sends.watch(operation)
  }
}

describe('open sends', () => {
  it('buffers what was announced before this turn, within the budget, in the order of the calls', async () => {
    const { sends } = open(3 * BYTES)
    const operations = [sendOf(1), sendOf(0), sendOf(3, true), sendOf(4), sendOf(5)]
    const bodies = operations.map(({ body }) => body)
    begin(sends, ...operations)
    expect(sends.bufferDue(0)).to.equal(true)
    expect(operations.map(({ settled }) => settled)).to.deep.equal([false, false, false, false, false])
    expect(sends.bufferDue(1)).to.equal(true)
    expect(operations.map(({ settled }) => settled)).to.deep.equal([true, false, false, true, false])
    expect(operations.map(({ body }, i) => body === bodies[i])).to.deep.equal([false, true, true, false, true])
    await operations[0]?.promise
  })

  it('has room for another when one is over', () => {
    const { sends } = open(2 * BYTES)
    const [first, second] = [sendOf(1), sendOf(2)]
    begin(sends, first, second)
    sends.bufferDue(1)
    expect(second.settled).to.equal(false)
    sends.over(first)
    expect(sends.bufferDue(1)).to.equal(false)
    expect(second.settled).to.equal(true)
  })

  it('is drained when all are over: a buffered one is not, although its promise has resolved', async () => {
    const { sends, outstanding } = open(1 << 20)
    await sends.drained()
    const operation = sendOf(1)
    begin(sends, operation)
    sends.bufferDue(1)
    await operation.promise
    expect(outstanding.isAny).to.equal(true)
    let isDrained = false
    const drained = sends.drained().then(() => (isDrained = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDrained).to.equal(false)
    sends.over(operation)
    await drained
    expect(outstanding.isAny).to.equal(false)
  })

  it('copies at once what does not last', () => {
    const { sends } = open(1 << 20)
    const operation = sendOf(0)
    const { body } = operation
    sends.begin(operation, false)
    expect(operation.body).to.not.equal(body)
    expect(operation.body).to.deep.equal(body)
    const inPieces = Object.assign(sendOf(0), { body: Uint8Array.of(1), rest: [Uint8Array.of(2), Uint8Array.of(3)] })
    sends.begin(inPieces, false)
    expect(inPieces).to.deep.include({ body: Uint8Array.of(1, 2, 3), rest: [] })
  })
})
