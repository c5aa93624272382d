/** The keys of a job from a secret that its ranks share. */
import { createPrivateKey, createPublicKey, hkdfSync } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { Secret } from '../../bootstrap/engine.ts'
import type { Protection } from '../../transport/zeromq/keys.ts'

const SHORTEST = 16
const OTHERS = 0o007
/** What stands before the 32 bytes of a private key for X25519 (RFC 8410, section 7). */
const PRIVATE_KEY = Buffer.from('302e020100300506032b656e04220420', 'hex')
/** The digits of Z85, in which ZeroMQ writes keys (ZeroMQ RFC 32). */
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'

/** The keys that all who know the secret derive for one job; `none` when none is wanted. @throws with what is wrong */
export function keysFrom(secret: Secret, job: string): Protection {
  if (secret === 'insecure') return 'none'
  const [name, text] = 'text' in secret ? ['ZMPI_SECRET', secret.text] : ['ZMPI_SECRET_FILE', readSecret(secret.file)]
  const trimmed = text.trim()
  if (trimmed.length < SHORTEST)
    throw new Error(
      `${name} has ${trimmed.length} characters; legal: ${SHORTEST} or more, such as "openssl rand -hex 32"`,
    )
  const seed = Buffer.from(hkdfSync('sha256', trimmed, job, 'zmpi coordinator', 32))
  const key = createPrivateKey({ key: Buffer.concat([PRIVATE_KEY, seed]), format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { publicKey: z85(Buffer.from(x, 'base64url')), secretKey: z85(seed) }
}

/** Text of a file that not everybody may read. */
function readSecret(path: string): string {
  const fd = openSync(path, 'r')
  try {
    if ((fstatSync(fd).mode & OTHERS) !== 0)
      throw new Error(`ZMPI_SECRET_FILE ${path} may be used by everybody: chmod 600 (in Kubernetes: defaultMode: 0400)`)
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

/** @param bytes a multiple of four */
export function z85(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.readUInt32BE(at)
    for (const power of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) text += Z85[Math.floor(word / power) % 85]
  }
  return text
}
