/**
 * What a message costs in the simulator, after LogGP (Alexandrov et al., 1995), in seconds and bytes: a rank's processor
 * is busy for `overhead` at each end of a message, and for `reduce` a byte that it folds; its port to the network takes
 * 1/bandwidth a byte in each direction; and the first byte needs `latency` from port to port. The network itself is
 * never crowded, and all pairs of ranks are equally far apart.
 */
export interface Model {
  readonly latency: number
  readonly overhead: number
  /** Bytes a second. */
  readonly bandwidth: number
  /** Seconds a byte. */
  readonly reduce: number
}

export interface Cost {
  /** Messages on the longest chain in which each waits for the one before. */
  readonly steps: number
  /** Bytes that the busiest rank sends. */
  readonly bytes: number
  /** Until the last rank is done. */
  readonly seconds: number
}
