// The ring under a name that is quick to type: zmpirun -n 4 examples/ring.ts
// oxlint-disable-next-line import/no-unassigned-import
import './02-ring.ts'
