// A rank program: one rank throws while the others wait for it for ever.
import { rank, receive, size } from 'zmpi/pypar'

if (rank() === size() - 1) throw new Error('this rank has had enough')
await receive(size() - 1)
