import type { Middleware, SessionRequest } from 'isosession';
import { cache } from 'isosession/middleware';
import { expect, test } from 'vitest';
import { arrivals, canary, network } from '../../support/canaries.ts';
import { open } from '../../support/contract.ts';

/** How a middleware of a user's hands on its request to the cache that it calls. */
const copies: [how: string, copy: (request: SessionRequest) => SessionRequest][] = [
  ['as it is', (request) => request],
  ['as a copy', (request) => ({ ...request })],
  ['with other headers', (request) => ({ ...request, headers: new Headers(request.headers) })],
  ['with another URL', (request) => ({ ...request, url: new URL(request.url) })],
];

const rows = [
  ['', cache()] as const,
  ...copies.map(([how, copy]) => {
    const inner = cache();
    const outer: Middleware = (request, next) => inner(copy(request), next);
    return [
      `, called by another middleware ${how}`,
      Object.assign(outer, { around: 'hop' }),
    ] as const;
  }),
];

test.each(rows)(
  'R15: what a hop has dropped stays dropped for the page behind an answer of the cache%s',
  async (_, middleware) => {
    const { places, transport } = network('home', 'evil');
    const { home, evil } = places;
    const secret = canary();
    const session = open({ baseUrl: home.origin, transport });
    session.use(middleware);
    const page = home.url('reply', [
      ['h', `Link: <${home.url('echo')}>; rel="next"`],
      ['h', 'Cache-Control: max-age=60'],
    ]);
    const first = home.url('redirect', { to: evil.url('redirect', { to: page }) });
    for (const time of ['kept', 'answered']) {
      const urls = [];
      const headers = { 'x-api-key': secret };
      for await (const response of session.paginate(first, { headers })) {
        // What is not read is not kept.
        await response.text();
        urls.push(response.url);
      }
      expect(urls, time).toEqual([page, home.url('echo')]);
    }
    expect((await home.requests()).map(({ route }) => route)).toEqual([
      ...['redirect', 'reply', 'echo'],
      ...['redirect', 'echo'],
    ]);
    expect(await arrivals(places, secret)).toEqual({ home: 2 });
  },
);
