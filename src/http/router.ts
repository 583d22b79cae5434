import type { Door, DoorResponse } from '../api/door.ts';

/** A door and where it stands. */
export interface Route {
  /** An exact path; ending in "/*", everything below it, too. */
  readonly path: string;
  readonly door: Door;
  /** How this door says that it did not even read the request, and when to come again if that is known. */
  readonly refuse: (why: Refusal, waitMs?: number) => DoorResponse;
  /** A larger body than the listener's limit is taken here; absent: it is not. */
  readonly bodyBytesMax?: number;
}

/** Why a request is refused before its door sees it. */
export type Refusal = 'body-too-large' | 'busy' | 'too-many-requests';

/** Finds the route of a path; undefined when there is none. */
export function createRouteFinder(routes: readonly Route[]): (path: string) => Route | undefined {
  const exact = new Map<string, Route>();
  const below: { prefix: string; route: Route }[] = [];
  for (const route of routes) {
    if (route.path.endsWith('/*')) {
      const base = route.path.slice(0, -2);
      exact.set(base, route);
      below.push({ prefix: `${base}/`, route });
    } else {
      exact.set(route.path, route);
    }
  }
  below.sort((a, b) => b.prefix.length - a.prefix.length);
  return (path) => exact.get(path) ?? below.find(({ prefix }) => path.startsWith(prefix))?.route;
}
