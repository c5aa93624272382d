/** What a call returns that is over already: nobody uses its channel any more. */
export const OVER: Promise<void> = Promise.resolve()
