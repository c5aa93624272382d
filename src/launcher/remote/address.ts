/** Which of this host's addresses others reach it by. */
import { createSocket } from 'node:dgram'
import { promises as dns } from 'node:dns'
import { BlockList, isIPv6 } from 'node:net'
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { promises as timers } from 'node:timers'

type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'family'>[] | undefined>>

/** A port that nobody needs to listen at: no packet is sent. */
const ANY_PORT = 9
/** Milliseconds in which a name server that does not answer is asked again. */
const LOOKUPS = 4000

/**
 * The address of the interface, or within the subnet, that `--interface` names.
 * @throws when there is none
 */
export function addressOn(wanted: string, interfaces: Interfaces = networkInterfaces()): string {
  const named = interfaces[wanted]?.toSorted((one, other) => one.family.localeCompare(other.family))
  const [address] = named ?? (wanted.includes('/') ? withinSubnet(wanted, interfaces) : [])
  if (address === undefined) throw new Error(`there is no --interface ${wanted}; there are ${describe(interfaces)}`)
  return address.address
}

function withinSubnet(subnet: string, interfaces: Interfaces): Pick<NetworkInterfaceInfo, 'address' | 'family'>[] {
  const [network = '', prefix = ''] = subnet.split('/')
  const list = new BlockList()
  try {
    list.addSubnet(network, Number(prefix), isIPv6(network) ? 'ipv6' : 'ipv4')
  } catch {
    return []
  }
  return Object.values(interfaces).flatMap((addresses) =>
    (addresses ?? []).filter(({ address, family }) => list.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4')),
  )
}

function describe(interfaces: Interfaces): string {
  return Object.entries(interfaces)
    .map(([name, addresses]) => `${name} (${(addresses ?? []).map(({ address }) => address).join(', ')})`)
    .join(', ')
}

/**
 * The local end of the path to a host: what the routing table says, without sending anything.
 * Rejects when the name is not known or no way leads there.
 */
export async function localAddressTowards(host: string): Promise<string> {
  const { address, family } = await resolveName(host)
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.connect(ANY_PORT, address, () => resolve())
    })
    return socket.address().address
  } finally {
    socket.close()
  }
}

/** Name servers are slow to learn of hosts that have just come up. */
async function resolveName(host: string): Promise<{ address: string; family: number }> {
  const deadline = performance.now() + LOOKUPS
  for (let attempt = 1; ; attempt++) {
    try {
      return await dns.lookup(host)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAI_AGAIN' || performance.now() > deadline) throw error
      await timers.setTimeout(200 * 2 ** attempt)
    }
  }
}

/** As ZeroMQ spells an address whose port it shall choose. */
export function anyPort(address: string): string {
  return `tcp://${isIPv6(address) ? `[${address}]` : address}:*`
}
