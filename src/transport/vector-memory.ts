/**
 * Memory for loops of vector instructions. JavaScript has none of these, WebAssembly has them, but only in memory of its own;
 * so shared memory is mapped over it (native, `mapOver`). The only user of WebAssembly. Knows nothing of what lies there or
 * what the loops do.
 */

/** Of @types/node, which leaves it to the library of browsers. */
declare const WebAssembly:
  | {
      readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
      readonly Module: new (code: Uint8Array) => object
      readonly Instance: new (
        module: object,
        imports: object,
      ) => { readonly exports: Readonly<Record<string, unknown>> }
    }
  | undefined

/** Bytes from the start of the memory; those of the target up to its end. */
export type VectorLoop = (left: number, right: number, target: number, end: number) => void

const PAGE = 64 * 1024

export class VectorMemory {
  readonly buffer: ArrayBuffer
  readonly #memory: object

  /** For so many bytes to be mapped over it; takes ten GB of address space. Throws where there is no WebAssembly or less of that. */
  constructor(bytes: number) {
    if (typeof WebAssembly === 'undefined') throw new Error('this process has no WebAssembly')
    const pages = Math.ceil(bytes / PAGE)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.#memory = memory
    this.buffer = memory.buffer
  }

  /** The function `loop` of a module that imports `vector.memory`. Throws where the processor has no vector instructions. */
  link(code: Uint8Array): VectorLoop {
    if (WebAssembly === undefined) throw new Error('bug: vector memory without WebAssembly')
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { vector: { memory: this.#memory } })
    return exports['loop'] as VectorLoop
  }
}
