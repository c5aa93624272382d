// Rank 0 tells rank 1 five words. As the argument says, rank 1 answers, or listens to none.
import { world } from 'zmpi'

const answers = process.argv[2] === 'answered'
if (world.rank === 0) {
  for (const word of ['one', 'two', 'three', 'four', 'five']) await world.send(word, 1)
  if (answers) await world.receive(1)
} else if (answers) {
  for (let word = 0; word < 5; word++) await world.receive(0)
  await world.send('heard', 0)
} else await world.send('I do not listen', 0)
if (world.rank === 0 && !answers) await world.receive(1)
