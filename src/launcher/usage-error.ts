/**
 * A mistake in what the user asked for, found before anything is started: the launcher prints the message on stderr and
 * exits with `exitStatus`.
 */
export class UsageError extends Error {
  /** 2: usage; 126: the program cannot be executed; 127: the program was not found. */
  readonly exitStatus: 2 | 126 | 127

  constructor(message: string, exitStatus: 2 | 126 | 127 = 2) {
    super(message)
    this.exitStatus = exitStatus
  }

  static {
    Object.defineProperty(this.prototype, 'name', { value: 'UsageError', configurable: true, writable: true })
  }
}
