import { world } from 'zmpi'

// Exchanges messages as fast as it can; then each waits once more than the other sends.
const other = 1 - world.rank
const exchange = async (rounds) => {
  for (let i = 0; i < rounds; i++) await world.send(i, other)
  for (let i = 0; i <= rounds; i++) await world.receive(other)
}
for (let i = 0; i < 1000; i++) await world.sendReceive(i, other, other)
await exchange(1000)
