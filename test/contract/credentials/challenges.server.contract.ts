import { refresh } from 'isosession';
import { expect } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { open, wireTest } from '../../support/contract.ts';

wireTest.each([
  { chain: 'home', renewals: 1 },
  { chain: 'home, friend', renewals: 1 },
  { chain: 'home, friend, home', renewals: 1 },
  { chain: 'home, evil', renewals: 0 },
  { chain: 'home, evil, home', renewals: 0 },
  { chain: 'home, friend, evil, friend', renewals: 0 },
] as const)(
  'A10: a 401 of who was given no tokens renews none: $chain',
  async ({ chain, renewals }) => {
    const { places, transport } = network('home', 'friend', 'evil');
    const names = chain.split(', ') as (keyof typeof places)[];
    const url = names.reduceRight(
      (to, name) =>
        to ? places[name].url('redirect', { to }) : places[name].url('reply', { status: 401 }),
      '',
    );
    const [first, second] = [canary(), canary()];
    let renewed = 0;
    const session = open({
      transport,
      baseUrl: places.home.origin,
      origins: [places.friend.origin],
      auth: refresh({
        load: () => ({ accessToken: first }),
        renew: async () => (renewed++, { accessToken: second }),
      }),
    });
    expect((await session.get(url)).status).toBe(401);
    expect(renewed).toBe(renewals);
    const evil = { evil: places.evil };
    expect([await arrivals(evil, first), await arrivals(evil, second)]).toEqual([{}, {}]);
    expect((await arrivals(places, first)).home).toBeGreaterThan(0);
  },
);
