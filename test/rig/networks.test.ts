/** Hosts with several addresses, of both versions of IP. */
import { expect } from 'chai'
import { describeRig, program } from './rig.ts'

describeRig('hosts with several addresses', (rig) => {
  const cases: [string, () => string[], (host: number) => string][] = [
    ['IPv6, where ssh goes there', () => ['-H', 'six1:2,six2:1'], (host) => `[${rig.hosts.address6(host)}]`],
    [
      'IPv6 addresses for names',
      () => ['-H', `[${rig.hosts.address6(1)}]:2,[${rig.hosts.address6(2)}]:1`],
      (host) => `[${rig.hosts.address6(host)}]`,
    ],
    [
      'the subnet of --interface, IPv6',
      () => ['-H', 'h1:2,h2:1', '--interface', `${rig.hosts.address6(0)}/64`],
      (host) => `[${rig.hosts.address6(host)}]`,
    ],
    [
      'the subnet of --interface, IPv4',
      () => ['-H', 'h1:2,h2:1', '--interface', `${rig.hosts.secondAddress(0)}/24`],
      (host) => rig.hosts.secondAddress(host),
    ],
    ['the address by which ssh goes there', () => ['-H', 'h1:2,h2:1'], (host) => rig.hosts.address(host)],
  ]
  for (const [what, words, address] of cases)
    it(`talk over ${what}, and over nothing else`, async () => {
      const job = rig.run([...words(), program('until.mjs')])
      await job.until('met', 3)
      for (const host of [1, 2])
        expect(new Set(rig.hosts.listening(host).map((door) => door.replace(/:\d+$/, '')))).to.deep.equal(
          new Set([address(host)]),
        )
      job.child.stdin?.end('go\n')
      expect(await job.ended, job.stderr).to.equal(0)
      expect(job.stdout.match(/sum 3$/gm)).to.have.length(3)
      expect(await rig.hosts.leftovers()).to.deep.equal([])
    })
})
