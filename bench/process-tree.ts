/** A process and all that it has started, directly or not: to let a whole job stop and go on. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The process ids of the tree that begins with `root`. */
export async function processTree(root: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  return treeOf(root, stdout)
}

/** The tree of `root` in a listing of lines `PID PARENT`, parents before children. Pure. */
export function treeOf(root: number, listing: string): number[] {
  const pairs = listing
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const tree = [root]
  for (const parent of tree)
    tree.push(...pairs.flatMap(([pid, its]) => (its === parent && pid !== undefined ? [pid] : [])))
  return tree
}

/** A process that has ended meanwhile is none to tell. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}
