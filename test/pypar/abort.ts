// A rank program: one rank aborts while the others wait for it for ever.
import { abort, rank, receive, size } from 'zmpi/pypar'

if (rank() === size() - 1) abort()
await receive(size() - 1)
