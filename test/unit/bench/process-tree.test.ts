import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { processTree, signalAll, treeOf } from '../../../bench/process-tree.ts'

describe('bench process tree', () => {
  it('is a process and all that it has started, parents first, and nobody else', () => {
    const listing = ['    1     0', '  10     1', '12    11', '11    10', '20 1', '110 100', '13 11', ''].join('\n')
    expect(treeOf(10, listing)).to.deep.equal([10, 11, 12, 13])
    expect(treeOf(20, listing)).to.deep.equal([20])
    expect(treeOf(99, listing)).to.deep.equal([99])
  })

  it('stops and goes on as a whole, and who has ended is left out', async () => {
    const child = spawn('sh', ['-c', 'sh -c "echo started; read line; exit 3"; exit $?'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(createInterface({ input: child.stdout }), 'line')
    const tree = await processTree(child.pid as number)
    expect(tree).to.have.length(2)
    signalAll(tree, 'SIGSTOP')
    for (const pid of tree) while (!/^\d+ \(sh\) T/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    child.stdin.write('\n')
    signalAll(tree, 'SIGCONT')
    expect(await once(child, 'exit')).to.deep.equal([3, null])
    signalAll(tree, 'SIGCONT')
  })
})
