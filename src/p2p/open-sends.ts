/**
 * Sends that could not leave at once, until they are over: how many there are, and what of them is buffered within the
 * budget. A send whose payload is buffered is not over, although its promise has resolved.
 */
import type { Outgoing } from './outgoing.ts'
import type { Outstanding } from './outstanding.ts'
import { SendBuffer } from './send-buffer.ts'

export class OpenSends {
  readonly #outstanding: Outstanding
  readonly #buffer: SendBuffer
  /** Those whose promises have not settled, as far as the clock knows. */
  readonly #unsettled = new Set<Outgoing>()
  #open = 0
  #onDrained: (() => void) | undefined = undefined

  constructor(outstanding: Outstanding, budgetBytes: number) {
    this.#outstanding = outstanding
    this.#buffer = new SendBuffer(budgetBytes)
  }

  /** @param isLasting whether the payload stays as it is; else it is copied at once */
  begin(operation: Outgoing, isLasting: boolean): void {
    if (!isLasting) this.detach(operation)
    this.#outstanding.begin()
    this.#open++
  }

  /** It did not leave in its first turn: `bufferDue` sees to it. */
  watch(operation: Outgoing): void {
    this.#unsettled.add(operation)
  }

  over(operation: Outgoing): void {
    this.#buffer.cede(operation.budget)
    operation.budget = 0
    if (operation.copy !== undefined) this.#buffer.release(operation.copy)
    this.#unsettled.delete(operation)
    this.#open--
    this.#outstanding.end()
    if (this.#open === 0) this.#onDrained?.()
  }

  /** The same, when the transport may still be reading the payload. */
  abandon(operation: Outgoing): void {
    if (operation.copy !== undefined) this.#buffer.forget(operation.copy)
    operation.copy = undefined
    this.over(operation)
  }

  /** Copies the payload out of the caller's memory. */
  detach(operation: Outgoing): void {
    operation.detach(this.#buffer)
  }

  /** Buffers an announced operation and lets its promise go, if the budget allows. */
  buffer(operation: Outgoing): void {
    if (operation.synchronous || operation.granted || operation.isMoving || operation.settled) return
    operation.budget = this.#buffer.reserve(operation.bytes)
    if (operation.budget === 0) return
    this.detach(operation)
    operation.resolve()
  }

  /** Buffers what was begun before turn `due` and has been announced. True while there are promises that wait. */
  bufferDue(due: number): boolean {
    for (const operation of this.#unsettled) {
      if (operation.turn < due && operation.id !== 0) this.buffer(operation)
      if (operation.settled) this.#unsettled.delete(operation)
    }
    return this.#unsettled.size > 0
  }

  /** Resolves when every operation is over, buffered ones included. */
  async drained(): Promise<void> {
    if (this.#open > 0)
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve
      })
  }
}
