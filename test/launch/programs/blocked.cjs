// Required by every process of a run: a rank says so and gets no further.
const { writeSync } = require('node:fs')

if (process.env.ZMPI_RANK !== undefined) {
  writeSync(1, 'blocked\n')
  for (;;);
}
