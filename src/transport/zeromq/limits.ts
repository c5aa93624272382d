/** Sizes of the ZeroMQ transport, apart from it so that they are known before ZeroMQ is loaded. */

import type { PacketLimits } from '../transport.ts'

export const ZEROMQ_LIMITS: PacketLimits = { eagerBytes: 1 << 20, fragmentBytes: 8 << 20 }
