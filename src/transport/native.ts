/**
 * The handful of system calls that ranks of one host need and Node lacks. The only importer of koffi, which is an optional
 * dependency: where it or the platform is missing, `loadNative` says why and everything runs without it.
 * Knows nothing of rings or ranks.
 */
import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HugePages } from './huge-pages.ts'
import { STREAMING_ALIGNMENT, STREAMING_COPY } from './streaming-copy.ts'

type Koffi = typeof import('koffi')
type CopyingCode = (target: number, source: ArrayBufferView, bytes: number) => void

export interface Native {
  /** Maps `bytes` of an open file from `offset` (a multiple of the page size) on, shared. Never unmapped. Throws. */
  map(fd: number, offset: number, bytes: number): ArrayBuffer
  /** The same over memory that there is already, from its start on. */
  mapOver(memory: ArrayBuffer, fd: number, offset: number, bytes: number): void
  /** Really reserves a part of a file, so that touching it later cannot fail. Returns 0 or the error number. */
  reserve(fd: number, offset: number, bytes: number): number
  /** Both ends of a pipe that does not block and is closed on exec. Throws. */
  pipe(): readonly [reader: number, writer: number]
  /** Calls back whenever `fd` is readable. Does not keep the process alive until told to by `ref`. */
  watch(fd: number, readable: () => void): Watch
  /**
   * Copies to a byte of this memory, a multiple of STREAMING_ALIGNMENT, past the caches (see streaming-copy). undefined where
   * the processor or the system refuses. Throws a RangeError when that is not all in the memory, or not so.
   */
  streamInto(memory: ArrayBuffer): ((source: ArrayBufferView, at: number) => void) | undefined
  /** Where this memory lies in this process. Only memory of more than 64 bytes stays there. */
  address(memory: ArrayBufferView): number
  /** Reads the memory of another process into `target`, whole. False when the system refuses or the memory ends. */
  read(pid: number, address: number, target: ArrayBufferView): boolean
  /** Writes all of `source` into the memory of another process. False when the system refuses or the memory ends. */
  write(pid: number, address: number, source: ArrayBufferView): boolean
  /** Gives the core to another runnable process. */
  yield(): void
  /** The core on which this thread runs. */
  core(): number
  /** The cores on which this thread may run; none when the system does not tell. */
  cores(): number[]
  /** Moves this thread to a core, where it is not bound: it may run on the same cores as now, though on none that is added later. */
  moveTo(core: number): void
}

export interface Watch {
  ref(): void
  unref(): void
  close(): void
}

const PROT_READ_WRITE = 3
const PROT_READ_EXEC = 5
const MAP_SHARED = 1
const MAP_PRIVATE_ANONYMOUS = 0x22
const MAP_FIXED = 0x10
const MAP_POPULATE = 0x8000
const MAP_FAILED = 2n ** 64n - 1n
const PAGE = 4096
const MOST_CORES = 1024
const O_CLOEXEC = 0o2000000
const O_NONBLOCK = 0o4000
/** The same on all platforms of Linux that koffi serves. */
const TIOCNOTTY = 0x5422

/** The system calls, or why there are none. */
export function loadNative(): Native | string {
  if (process.platform !== 'linux') return `shared memory needs Linux, this is ${process.platform}`
  const koffi = loadKoffi()
  if (typeof koffi === 'string') return koffi
  try {
    return bind(koffi)
  } catch (error) {
    return `system calls are not available (${firstLine(error)})`
  }
}

/**
 * Makes this process the leader of a group of its own, without a terminal, in its session; where koffi is missing it stays
 * where it is.
 */
export function leadProcessGroup(): void {
  const koffi = loadKoffi()
  if (typeof koffi === 'string') return
  const libc = koffi.load(null)
  const setpgid = libc.func('int setpgid(int, int)') as (...values: unknown[]) => number
  setpgid(0, 0)
  leaveTerminal(libc.func('int ioctl(int, unsigned long, int)') as (...values: unknown[]) => number)
}

/** Who reads a terminal in whose background it is would be stopped for ever, with all of its group: a child asking for a password. */
function leaveTerminal(ioctl: (...values: unknown[]) => number): void {
  let terminal: number
  try {
    terminal = openSync('/dev/tty', 'r')
  } catch {
    return
  }
  ioctl(terminal, TIOCNOTTY, 0)
  closeSync(terminal)
}

function loadKoffi(): Koffi | string {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch (error) {
    return `koffi cannot be loaded (${firstLine(error)})`
  }
}

function bind(koffi: Koffi): Native {
  const libc = koffi.load(null)
  const mmap = libc.func('void *mmap(uintptr_t, size_t, int, int, int, int64_t)') as (...values: unknown[]) => unknown
  const fallocate = libc.func('int posix_fallocate(int, int64_t, int64_t)') as (...values: unknown[]) => number
  const pipe2 = libc.func('int pipe2(_Out_ int *, int)') as (...values: unknown[]) => number
  const readv = libc.func(
    'int64_t process_vm_readv(int, void *, unsigned long, void *, unsigned long, unsigned long)',
  ) as (...values: unknown[]) => number
  const writev = libc.func(
    'int64_t process_vm_writev(int, void *, unsigned long, void *, unsigned long, unsigned long)',
  ) as (...values: unknown[]) => number
  const schedYield = libc.func('int sched_yield()') as () => number
  const getCore = libc.func('int sched_getcpu()') as () => number
  const getCores = libc.func('int sched_getaffinity(int, size_t, void *)') as (...values: unknown[]) => number
  const setCores = libc.func('int sched_setaffinity(int, size_t, void *)') as (...values: unknown[]) => number
  // Two iovecs of [address, bytes], here and there. More than 64 bytes, so that they lie still.
  const vectors = new BigUint64Array(16)
  const here = koffi.address(vectors)
  const there = here + 16n
  // Sets of cores, a bit for each: those allowed, and one of them.
  const allowed = new Uint8Array(MOST_CORES / 8)
  const single = new Uint8Array(MOST_CORES / 8)

  const hugePages = new HugePages(libc.func('int madvise(uintptr_t, size_t, int)') as (...values: unknown[]) => number)

  /** Between `memory` here and `address` there, whole. */
  const move = (call: typeof readv, pid: number, address: number, memory: ArrayBufferView): boolean => {
    // It stood where others write: it may be no address at all.
    if (!Number.isSafeInteger(address)) return false
    const start = koffi.address(memory)
    hugePages.copied(memory, Number(start))
    const bytes = memory.byteLength
    for (let done = 0; done < bytes;) {
      vectors[0] = start + BigInt(done)
      vectors[1] = vectors[3] = BigInt(bytes - done)
      vectors[2] = BigInt(address + done)
      const moved = call(pid, here, 1, there, 1, 0)
      if (moved <= 0) return false
      done += moved
    }
    return true
  }

  let streaming: { readonly copy: CopyingCode | undefined } | undefined
  /** In a page that can be executed once it cannot be written any more, as those of Node's own compiler. */
  const loadCode = (code: Uint8Array): CopyingCode | undefined => {
    const page = mmap(0n, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
    if (koffi.address(page) === MAP_FAILED) return undefined
    new Uint8Array(koffi.view(page, PAGE)).set(code)
    const mprotect = libc.func('int mprotect(uintptr_t, size_t, int)') as (...values: unknown[]) => number
    if (mprotect(koffi.address(page), PAGE, PROT_READ_EXEC) !== 0) return undefined
    return koffi.decode(page, koffi.proto('void', ['uintptr_t', 'void *', 'size_t'])) as CopyingCode
  }

  const mapAt = (address: bigint, flags: number, fd: number, offset: number, bytes: number): unknown => {
    const pointer = mmap(address, bytes, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE | flags, fd, offset)
    if (koffi.address(pointer) !== MAP_FAILED) return pointer
    throw new Error(`mmap of ${bytes} bytes failed, errno ${koffi.errno()}`)
  }

  return {
    map: (fd, offset, bytes) => koffi.view(mapAt(0n, 0, fd, offset, bytes), bytes),
    mapOver(memory, fd, offset, bytes) {
      if (bytes > memory.byteLength) throw new RangeError(`${bytes} bytes over memory of ${memory.byteLength}`)
      mapAt(koffi.address(new Uint8Array(memory)), MAP_FIXED, fd, offset, bytes)
    },
    reserve: (fd, offset, bytes) => fallocate(fd, offset, bytes),
    pipe() {
      const ends: [number, number] = [-1, -1]
      if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) !== 0) throw new Error(`pipe failed, errno ${koffi.errno()}`)
      return ends
    },
    watch(fd, readable) {
      // Promises do not continue after koffi's own callbacks; after those of Node they do.
      const handle = koffi.node.poll(fd, { readable: true }, () => setImmediate(readable))
      handle.unref()
      return handle
    },
    streamInto(memory) {
      streaming ??= { copy: STREAMING_COPY && loadCode(STREAMING_COPY) }
      const { copy } = streaming
      if (copy === undefined) return undefined
      const start = Number(koffi.address(new Uint8Array(memory)))
      return (source, at) => {
        const bytes = source.byteLength
        if (!(at >= 0 && at + bytes <= memory.byteLength) || (start + at) % STREAMING_ALIGNMENT !== 0)
          throw new RangeError(`${bytes} bytes at ${at} of memory of ${memory.byteLength}`)
        copy(start + at, source, bytes)
      }
    },
    address(memory) {
      const address = Number(koffi.address(memory))
      hugePages.copied(memory, address)
      return address
    },
    read: (pid, address, target) => move(readv, pid, address, target),
    write: (pid, address, source) => move(writev, pid, address, source),
    yield() {
      schedYield()
    },
    core: () => getCore(),
    cores() {
      if (getCores(0, allowed.length, koffi.address(allowed)) < 0) return []
      return Array.from({ length: MOST_CORES }, (_, core) => core).filter((core) => isIn(allowed, core))
    },
    moveTo(core) {
      if (getCores(0, allowed.length, koffi.address(allowed)) < 0 || !isIn(allowed, core)) return
      single.fill(0)
      single[core >> 3] = 1 << (core & 7)
      setCores(0, single.length, koffi.address(single))
      if (setCores(0, allowed.length, koffi.address(allowed)) === 0) return
      // They have been taken from it meanwhile: all that there are.
      setCores(0, single.length, koffi.address(single.fill(255)))
    },
  }
}

function isIn(cores: Uint8Array, core: number): boolean {
  return (((cores[core >> 3] ?? 0) >> (core & 7)) & 1) === 1
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
}
