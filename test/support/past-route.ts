import { CopyRoute } from '../../src/transport/copy-route.ts'

/** One that has found the way through the caches slow. */
export function pastRoute(): CopyRoute {
  const route = new CopyRoute(2 ** 40)
  while (!route.isPast) route.took(1, 1000)
  return route
}
