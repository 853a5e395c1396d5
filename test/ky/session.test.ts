/** What a session adds to ky, of whatever version. */
import { Session } from 'isosession';
import { createKy } from 'isosession/ky';
import type { Options } from 'ky';
import { mockTransport } from 'isosession/testing';
import { expect, test } from 'vitest';

/** ky over a session whose server tells URL and cookies back. */
const over = (baseUrl: string | undefined, options?: object) => {
  const transport = mockTransport(({ url, headers }) =>
    Response.json(
      { url: url.href, cookie: headers.get('cookie'), key: headers.get('x-api-key') },
      { headers: { 'set-cookie': 'sid=1' } },
    ),
  );
  const session = new Session({ transport, ...(baseUrl && { baseUrl }) });
  return { session, ky: createKy(session, options as Options) };
};
type Told = { url: string; cookie: string | null; key: string | null };

test.each([
  ['users', 'https://api.test/v1/users'],
  ['/users', 'https://api.test/users'],
  ['?page=2', 'https://api.test/v1/?page=2'],
  ['https://other.test/x', 'https://other.test/x'],
])("%s resolves against the session's baseUrl", async (input, url) => {
  const { ky } = over('https://api.test/v1/');
  for (const call of [ky, ky.get, ky.extend({}).get, ky.create({}).post])
    expect((await call(input).json<Told>()).url).toBe(url);
});

test("a place of ky's own goes before it", async () => {
  const isKy1 = !('query' in over(undefined).ky);
  const places = isKy1
    ? [{ prefixUrl: 'https://own.test/v2/' }]
    : [{ baseUrl: 'https://own.test/v2/' }, { prefix: 'https://own.test/v2/' }];
  for (const place of places) {
    const { session, ky } = over('https://api.test/v1/', place);
    const plain = createKy(session);
    const told = [
      await ky('x').json<Told>(),
      await ky.extend({}).get('x').json<Told>(),
      await plain('x', place as Options).json<Told>(),
      await plain
        .extend(place as Options)('x')
        .json<Told>(),
    ];
    expect(told.map(({ url }) => url)).toEqual(Array(4).fill('https://own.test/v2/x'));
  }
});

test('cookies and credentials of the session are below it, and its scope', async () => {
  const { session, ky } = over('https://api.test/');
  session.headers.set('x-api-key', 'secret');
  await ky('a');
  expect(await ky('b').json<Told>()).toMatchObject({ cookie: 'sid=1', key: 'secret' });
  expect(await ky('https://other.test/').json<Told>()).toMatchObject({ cookie: null, key: null });
});
