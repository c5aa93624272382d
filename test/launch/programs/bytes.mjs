// Writes every byte value, a character cut in two, and an end without newline.
process.stdout.write(Buffer.from(Array.from({ length: 256 }, (_, value) => value)))
const euro = Buffer.from('€')
process.stdout.write(euro.subarray(0, 1))
setTimeout(() => {
  process.stdout.write(euro.subarray(1))
  process.stdout.write('\nno newline at the end')
}, 50)
