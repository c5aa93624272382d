/** Sizes of the ZeroMQ transport, apart from it so that they are known before ZeroMQ is loaded. */

export const EAGER_LIMIT = 1 << 20
export const FRAGMENT_BYTES = 8 << 20
