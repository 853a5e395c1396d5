import { csrf, type Session } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { canary } from '../../support/canaries.ts';
import { inProcess, open, reasonOf, wireTest } from '../../support/contract.ts';

type Door = (session: Session, url: string) => unknown;

const doors: [what: string, door: Door][] = [
  ['a call', (session, url) => session.get(url)],
  ['fetch', (session, url) => session.fetch(url)],
  ['paginate', (session, url) => session.paginate(url).next()],
  ['a child of that baseUrl', (session, url) => session.extend({ baseUrl: url })],
  ['the baseUrl that is assigned', (session, url) => (session.baseUrl = url)],
  ['origins', (session, url) => session.extend({ origins: [url] })],
  [
    'mount',
    (session, url) =>
      session.mount(
        url,
        inProcess(() => new Response()),
      ),
  ],
  [
    'a middleware',
    (session, url) =>
      session.use((request, next) => next({ ...request, url: url as never })).get(''),
  ],
  [
    "a middleware's URL",
    (session, url) =>
      session.use((request, next) => next({ ...request, url: new URL(url) })).get(''),
  ],
  ['csrf', (session, url) => session.use(csrf({ from: { url } })).post('')],
  [
    'the next page',
    async (session, url) => {
      const pages = session.paginate('', { nextPage: () => url });
      await pages.next();
      return pages.next();
    },
  ],
  [
    'the next page of a Link',
    async (session) => {
      const pages = session.paginate('');
      await pages.next();
      return pages.next();
    },
  ],
  ['a redirect', (session) => session.get('redirect')],
];

/** What an error says, with its causes. */
function textOf(error: unknown): string {
  let text = '';
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    text += `${cause.message}\n${cause.stack}\n${JSON.stringify(cause)}`;
  return text;
}

/** Leads to a URL, by `redirect` and by a link. */
const network = (to: string) =>
  inProcess(({ url }) =>
    url.pathname === '/redirect'
      ? new Response(null, { status: 302, headers: { location: to } })
      : new Response('', { headers: { link: `<${to}>; rel="next"` } }),
  );

describe('L21: a URL that is refused is shown without its query', () => {
  test.each(doors)('by %s', async (_, door) => {
    for (const urlWith of [
      (secret: string) => `myapp://cb?state=${secret}`,
      (secret: string) => `myapp:cb#state=${secret}`,
      (secret: string) => `myapp://cb?mail=a@b&state=${secret}`,
      (secret: string) => `myapp://user:${secret}@cb`,
    ]) {
      const secret = canary();
      const url = urlWith(secret);
      const session = open({ baseUrl: 'http://app.test/', transport: network(url) });
      const error = await reasonOf((async () => door(session, url))());
      expect(textOf(error)).not.toContain(secret);
      expect(error).toBeInstanceOf(Error);
    }
  });

  test('and what remains of it says which one it was', async () => {
    const session = open();
    const messages = [];
    for (const url of [
      'myapp://cb?code=1',
      'myapp:cb?code=1',
      'ftp://u:p@host/x?y',
      'db://u:p?p@host/x',
    ])
      messages.push(String(await reasonOf(session.get(url))));
    expect(messages.map((message) => /"(.*?)"/.exec(message)?.[1])).toEqual([
      'myapp://cb',
      'myapp:cb',
      '[redacted]@host/x',
      '[redacted]',
    ]);
  });
});

wireTest("L21: so is a visitor's path that leads elsewhere", async () => {
  const secret = canary();
  const session = forwardSession(
    open({ baseUrl: 'http://app.test/', transport: network('') }),
    new Request('http://page.test/'),
    { to: [] },
  );
  const error = await reasonOf(session.get(`//evil.test/x?state=${secret}`));
  expect(textOf(error)).not.toContain(secret);
  expect(textOf(error)).toContain('"//evil.test/x"');
});
