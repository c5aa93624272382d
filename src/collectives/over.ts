/** What a call returns that is over already. */
export const OVER: Promise<void> = Promise.resolve()
