/** Where a coordinator listens, as ZeroMQ spells it. */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { addressOn, anyPort } from '../remote/address.ts'

/** A name among those that Linux keeps in memory only: nothing of it stays in the file system. */
export function nameless(): string {
  return `ipc://@zmpi-${randomBytes(16).toString('hex')}`
}

/** For a job on this host alone. */
export function onThisHost(): string[] {
  return [process.platform === 'linux' ? nameless() : anyPort('127.0.0.1')]
}

/** So many endpoints fit into what a launcher's store keeps as one value. */
const MOST = 8

/** For a job on several hosts of which none is known yet: the addresses of this one, or the one that is wanted. */
export function onNetworks(wanted: string | undefined): string[] {
  if (wanted !== undefined && wanted !== '') return [anyPort(addressOn(wanted))]
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
  const older = outside.filter(({ family }) => family === 'IPv4')
  const addresses = (older.length > 0 ? older : outside).map(({ address }) => address)
  return (addresses.length > 0 ? addresses.slice(0, MOST) : ['127.0.0.1']).map(anyPort)
}
