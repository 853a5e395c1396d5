import { csrf, InvalidRequestError, type Session } from 'isosession';
import { type ForwardOptions, forwardSession } from 'isosession/ssr';
import { expect, test } from 'vitest';
import { open, sites, thrown } from '../support/contract.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';
import { madeUp } from './visitors.ts';

test.each([
  ...[{}, null, undefined, 'GET /'].map((incoming): [string, () => Session] => [
    `no incoming request: ${String(incoming)}`,
    () => forwardSession(open(), incoming as never, { to: [] }),
  ]),
  [
    'no array in to',
    () => forwardSession(open(), madeUp({}) as never, { to: 'https://a.example' } as never),
  ],
  ['no URL in to', () => forwardSession(open(), madeUp({}) as never, { to: ['a.example'] })],
  ...(
    [
      ['to', [1]],
      ['forwardCookies', 'sid'],
      ['forwardHeaders', 'x-a'],
      ['allowedHosts', 'a'],
      ['forwardCookies', [/x/]],
    ] as const
  ).map(([name, value]): [string, () => Session] => [
    `${name}: ${String(value)}`,
    () => forwardSession(open(), madeUp({}) as never, { to: [], [name]: value } as never),
  ]),
  ...['share', 'copy', 'new', false, null, {}].map((cookies): [string, () => Session] => [
    `cookies: ${JSON.stringify(cookies)}`,
    () => forwardSession(open(), madeUp({}), { to: [], cookies } as unknown as ForwardOptions),
  ]),
  [
    'the cookies that all share',
    () => {
      const api = open();
      return forwardSession(api, madeUp({}), { to: [], cookies: api.cookies });
    },
  ],
  ...(['auth', 'trustEnv', 'forwardCookie'] as const).map((name): [string, () => Session] => [
    name,
    () =>
      forwardSession(
        open(),
        madeUp({}) as never,
        { to: [], [name]: undefined, ...{ [name]: null } } as ForwardOptions,
      ),
  ]),
])('what is no option is refused: %s', (_name, make) => {
  thrown(make, InvalidRequestError);
});

test('two visitors who ask for the same at once cause two requests', async () => {
  const { a } = sites();
  const api = open({ baseUrl: a.base });
  const answers = await Promise.all(
    ['1', '2'].map(async (sid) =>
      forwardSession(api, madeUp({ cookie: `sid=${sid}` }) as never, { to: [a.origin] })
        .get('me')
        .json(),
    ),
  );
  expect(answers).toEqual([{ user: '1' }, { user: '2' }]);
  expect(await a.requests()).toHaveLength(2);
});

test('csrf() of the parent sends the newest token of the visitor, and to `to` alone', async () => {
  const backend = await rawServer(
    always('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nset-cookie: XSRF-TOKEN=new; Path=/\r\n\r\n'),
  );
  const other = await rawServer(always(answer('ok')));
  const api = open({ baseUrl: backend.origin, origins: [other.origin] }).use(csrf());
  const tokens = ({ requests }: typeof backend) =>
    requests.map(({ head }) => /^x-xsrf-token: (.*)\r$/im.exec(head)?.[1]);
  const visitor = forwardSession(api, madeUp({ cookie: 'sid=1; XSRF-TOKEN=a%3D' }), {
    to: [backend.origin],
  });
  await visitor.post(other.origin);
  await visitor.post('one');
  await visitor.post('two');
  await forwardSession(api, madeUp({}), { to: [backend.origin] }).post('three');
  expect(tokens(backend)).toEqual(['a=', 'new', undefined]);
  expect(tokens(other)).toEqual([undefined]);
});
