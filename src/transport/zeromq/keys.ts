/**
 * What keeps a job's tcp sockets to itself: one CURVE pair that every member holds, as server and as client.
 *
 * A client must know the server's public key before it can say a word, and it never travels in the clear. Here it is
 * never published either: it is a secret of the job like the other key, so who completes a handshake is a member. ZeroMQ
 * checks that in its own thread, even while a rank computes; asking JavaScript about each client (ZAP) could not.
 */
export interface Keys {
  /** 40 characters of Z85. As secret as the other. */
  readonly publicKey: string
  readonly secretKey: string
}

/** `none` is said aloud: that keys were forgotten must never pass for it. */
export type Protection = Keys | 'none'
