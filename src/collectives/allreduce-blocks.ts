/** The algorithms for arrays that are cut into blocks, loaded by the first such call. */
export { allreduceRabenseifner } from './algorithms/allreduce-rabenseifner.ts'
export { allreduceRing } from './algorithms/allreduce-ring.ts'
