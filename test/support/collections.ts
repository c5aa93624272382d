/** Watches which garbage collections somebody has asked V8 for. */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'

export class AskedCollections {
  /** `NODE_PERFORMANCE_GC_…` of each since `start`. */
  kinds: number[] = []
  #watching = false
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind, flags } = (entry as unknown as { detail: { kind: number; flags: number } }).detail
      if ((flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) !== 0) this.kinds.push(kind)
    }
  })

  start(): void {
    this.kinds = []
    this.#watching = true
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  stop(): void {
    this.#watching = false
    this.#observer.disconnect()
  }

  /** Resolves when there were so many, or after `stop`. */
  async until(count: number): Promise<void> {
    while (this.#watching && this.kinds.length < count) await turn()
  }
}
