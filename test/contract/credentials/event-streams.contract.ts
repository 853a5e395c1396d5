import { eventStream } from 'isosession';
import { describe, expect, test } from 'vitest';
import { arrivals, canary, network, type Place } from '../../support/canaries.ts';
import { callCarriers, carry, paramsCarrier, sessionCarriers } from './carried.ts';

type Name = 'home' | 'friend' | 'evil';
type Places = Record<Name, Place>;

/** A stream of one event, with an ID to go on from. */
const stream = (place: Place): string =>
  place.url('reply', {
    h: 'Content-Type: text/event-stream',
    text: 'retry: 1\nid: 1\ndata: a\n\n',
  });

const redirect = (place: Place, to: string): string => place.url('redirect', { to });

/**
 * Where the stream is, which is asked for twice, each time from its first URL on; where a secret
 * arrives, and how often. `free`: of a session without a `baseUrl`, to which no other origin is one
 * of its own; `params`: the session's `searchParams`, which no redirect has.
 */
const paths: {
  leads: string;
  from: (places: Places) => string;
  arrives: Partial<Record<Name, number>>;
  free?: Partial<Record<Name, number>>;
  params?: Partial<Record<Name, number>>;
}[] = [
  { leads: 'at home', from: ({ home }) => stream(home), arrives: { home: 2 } },
  {
    leads: 'home, redirected to evil',
    from: ({ home, evil }) => redirect(home, stream(evil)),
    arrives: { home: 2 },
  },
  {
    leads: 'home, redirected to evil and back home',
    from: ({ home, evil }) => redirect(home, redirect(evil, stream(home))),
    arrives: { home: 2 },
  },
  {
    leads: 'home, redirected to friend',
    from: ({ home, friend }) => redirect(home, stream(friend)),
    arrives: { home: 2, friend: 2 },
    free: { home: 2 },
    params: { home: 2 },
  },
  {
    leads: 'home, redirected to friend and to evil',
    from: ({ home, friend, evil }) => redirect(home, redirect(friend, stream(evil))),
    arrives: { home: 2, friend: 2 },
    free: { home: 2 },
    params: { home: 2 },
  },
];

const rows = paths.flatMap((path) =>
  [...callCarriers, ...sessionCarriers, paramsCarrier].map((carrier) => ({
    ...path,
    carrier,
    carries: carrier.name,
  })),
);

describe.each([
  { scope: 'in the scope of a baseUrl', isFree: false },
  { scope: 'without a baseUrl', isFree: true },
])('R15: a stream that goes on is judged anew along its redirects, $scope', ({ isFree }) => {
  test.each(rows)('$leads: $carries', async ({ from, carrier, ...row }) => {
    const { places, transport } = network('home', 'friend', 'evil');
    const secret = canary();
    const scope = { baseUrl: places.home.origin, origins: [places.friend.origin] };
    const { session, call, at } = carry(carrier, secret, {
      ...(isFree ? {} : scope),
      transport,
    });
    let events = 0;
    for await (const { id } of eventStream(session, at(from(places)), call)) {
      expect(id).toBe('1');
      if (++events === 2) break;
    }
    let expected = (isFree && row.free) || row.arrives;
    if (carrier === paramsCarrier) expected = row.params ?? row.arrives;
    expect(await arrivals(places, secret)).toEqual(expected);
  });
});
