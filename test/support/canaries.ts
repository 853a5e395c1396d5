/**
 * Secrets that can be told apart, origins that remember what came, and the count of where each
 * secret has arrived: for tables of paths (door, where it leads, what it carries). It runs on every
 * platform.
 *
 * @module
 */
import type { Transport, TransportRequest } from 'isosession';
import type { JournalEntry } from './provided.ts';

/** What an origin has seen of a request. */
export type Arrival = Pick<JournalEntry, 'method' | 'route' | 'search' | 'headers' | 'body'>;

/** An origin that remembers: a `Site` of a real server is one, and so are those of a network. */
export interface Place {
  readonly origin: string;
  /** The absolute URL of a route, its query built from pairs. */
  url(route: string, query?: Record<string, string | number> | [string, string][]): string;
  /** What came so far. */
  requests(): Promise<readonly Arrival[]>;
}

let canaries = 0;

/** A secret like no other: letters and digits, so that no coding changes them. */
export function canary(): string {
  return `canary${++canaries}z`;
}

/** Whether a request holds a canary: as it is, percent-encoded, or in Basic credentials. */
export function holds({ method, route, search, headers, body }: Arrival, secret: string): boolean {
  const text = [method, route, search, body, ...headers.flat()].join('\n');
  if (text.includes(secret)) return true;
  return headers.some(([, value]) => {
    const [scheme, token] = value.split(' ');
    return scheme === 'Basic' && token !== undefined && atob(token).includes(secret);
  });
}

/**
 * By the names of the places, how many requests with the canary have come there; those where none
 * came are left out, so that `{}` is nowhere.
 */
export async function arrivals(
  places: Readonly<Record<string, Place>>,
  secret: string,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, place] of Object.entries(places)) {
    const requests = await place.requests();
    const count = requests.filter((request) => holds(request, secret)).length;
    if (count > 0) found[name] = count;
  }
  return found;
}

/** An origin of a network. */
class NetworkPlace implements Place {
  readonly origin: string;
  readonly seen: Arrival[] = [];

  constructor(name: string) {
    this.origin = `https://${name}.test`;
  }

  url(route: string, query: Record<string, string | number> | [string, string][] = {}): string {
    const pairs = Array.isArray(query)
      ? query
      : Object.entries(query).map(([name, value]) => [name, String(value)]);
    return `${this.origin}/${route}${pairs.length ? `?${new URLSearchParams(pairs)}` : ''}`;
  }

  async requests(): Promise<readonly Arrival[]> {
    return this.seen;
  }
}

/** Origins in this process: `https://<name>.test`. */
export interface Network<Name extends string> {
  readonly places: Readonly<Record<Name, Place>>;
  /** Leads to them, and to no other. */
  readonly transport: Transport;
}

/**
 * A network of origins by name, which answer as the test servers do: `redirect?to=&status=&line=`,
 * `reply?status=&h=&text=`, `cookies/set?line=`, and else an empty 200.
 */
export function network<Name extends string>(...names: Name[]): Network<Name> {
  const places = Object.fromEntries(names.map((name) => [name, new NetworkPlace(name)])) as Record<
    Name,
    NetworkPlace
  >;
  const byOrigin = new Map(names.map((name) => [places[name].origin, places[name]]));
  return {
    places,
    transport: {
      async send(request) {
        const place = byOrigin.get(request.url.origin);
        if (!place) throw new Error(`No such origin: ${request.url.origin}`);
        place.seen.push(await arrivalOf(request));
        return answer(request.url);
      },
    },
  };
}

async function arrivalOf({ method, url, headers, body }: TransportRequest): Promise<Arrival> {
  return {
    method,
    route: url.pathname.slice(1),
    search: url.search,
    headers: [...headers],
    body: typeof body === 'string' ? body : await new Response(body as BodyInit).text(),
  };
}

/** The routes of `test/support/routes.ts` that lead from one request to another. */
function answer({ pathname, searchParams: query }: URL): Response {
  const headers = new Headers(
    query.getAll('h').map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  for (const line of query.getAll('line')) headers.append('set-cookie', line);
  for (const to of query.getAll('to')) headers.append('location', to);
  const status = Number(query.get('status') ?? (pathname === '/redirect' ? 302 : 200));
  return new Response(query.get('text') ?? '', { status, headers });
}
