import { CopyRoute } from '../../src/transport/copy-route.ts'

/** One that has found the way through the caches slow. */
export function pastRoute(): CopyRoute {
  const route = new CopyRoute(2 ** 40)
  for (let i = 0; i < 5; i++) route.took(1, 1000)
  if (!route.isPast) throw new Error('slow copies do not go past the caches')
  return route
}
