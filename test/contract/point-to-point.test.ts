import { makeJob } from '../support/job.ts'
import { NETWORKS } from '../support/networks.ts'
import { pointToPointSuite } from './point-to-point.ts'

for (const { name, open } of NETWORKS) pointToPointSuite(name, (size, options) => makeJob(size, open, options))
