import { InvalidRequestError, type Session } from 'isosession';
import { createKy } from 'isosession/ky';
import { describe, expect, test } from 'vitest';
import { openForVisitor } from '../contract/ssr/visitor.ts';
import { arrivals, canary, network } from '../support/canaries.ts';
import { open, reasonOf } from '../support/contract.ts';

/** A way to call a session by a path that a visitor has sent. */
type Door = (session: Session, path: string) => PromiseLike<unknown>;

/** As an older platform makes it, which resolves nothing. */
class RelativeRequest extends Request {
  readonly #path: string;

  constructor(path: string) {
    super('https://unused.test/');
    this.#path = path;
  }

  override get url(): string {
    return this.#path;
  }
}

/** As a promise, whatever is thrown at once. */
const attempt = async (call: () => PromiseLike<unknown>): Promise<unknown> => call();

const doors: Record<string, Door> = {
  get: (session, path) => session.get(path),
  request: (session, path) => session.request(path, { method: 'DELETE' }),
  fetch: (session, path) => session.fetch(path),
  'a Request': (session, path) => session.get(new RelativeRequest(path)),
  'a child': (session, path) => session.extend({ timeout: 1000 }).get(path),
  'paginate, its first page': (session, path) => session.paginate(path).next(),
  async 'paginate, its next page'(session, path) {
    const pages = session.paginate('', { nextPage: () => path, limit: 2 });
    await pages.next();
    await pages.next();
  },
  ky: (session, path) => createKy(session)(path),
  'ky.get': (session, path) => createKy(session).get(path),
  'ky.post': (session, path) => createKy(session).post(path, { timeout: 1000 }),
  'ky.extend': (session, path) => createKy(session).extend({ retry: 1 }).get(path),
  'ky.create': (session, path) => createKy(session).create({}).get(path),
  'ky with a prefix of a slash': (session, path) =>
    createKy(session, { prefix: '/' }).get(path.trim().replace(/^\/\//, '\\\\')),
  'ky with a baseUrl of its own': (session, path) =>
    createKy(session, { baseUrl: 'https://home.test/v2/' }).get(path),
};

const paths = [
  '//evil.test/x',
  '/\\evil.test/x',
  '\\\\evil.test/x',
  '/\t/evil.test',
  ' //evil.test',
];

describe.each(Object.entries(doors))("X4: a visitor's path through %s", (name, door) => {
  const start = () => {
    const { places, transport } = network('home', 'evil');
    const secret = canary();
    const parent = open({
      transport,
      baseUrl: places.home.origin,
      headers: { 'x-api-key': secret },
      origins: [places.evil.origin],
    });
    const to = [places.home.origin, places.evil.origin];
    return { places, secret, session: openForVisitor(parent, { cookie: `sid=${secret}` }, { to }) };
  };

  test.each(paths)('leads to no other origin: %j', async (path) => {
    const { places, session } = start();
    const error = (await reasonOf(attempt(() => door(session, path)))) as Error;
    expect(error.cause ?? error).toBeInstanceOf(InvalidRequestError);
    expect(await places.evil.requests()).toEqual([]);
  });

  test('leads where it says on its own origin', async () => {
    const { places, secret, session } = start();
    for (const path of ['/a//evil.test', './b'])
      await attempt(() => door(session, path)).catch(() => {});
    const routes = (await places.home.requests()).map(({ route }) => route).filter(Boolean);
    expect(routes).toHaveLength(2);
    expect(Object.keys(await arrivals(places, secret))).toEqual(['home']);
  });

  test('leads to another origin by its whole URL', async () => {
    const { places, session } = start();
    const url = places.evil.url('x');
    await attempt(() => door(session, /prefix/.test(name) ? places.home.url('x') : url));
    expect(await places.evil.requests()).toHaveLength(/prefix/.test(name) ? 0 : 1);
  });
});

test('ky replaces no hook of ours, and keeps those of the caller', async () => {
  const { places, transport } = network('home');
  const secret = canary();
  const session = open({
    transport,
    baseUrl: places.home.origin,
    headers: { 'x-api-key': secret },
  });
  const { replaceOption } = await import('ky');
  const seen: string[] = [];
  const ky = createKy(session, { hooks: { init: [() => void seen.push('default')] } });
  await ky.get('a', { hooks: { init: [() => void seen.push('call')] } });
  await ky.get('b', { hooks: replaceOption({ init: [() => void seen.push('alone')] }) });
  expect(seen).toEqual(['default', 'call', 'alone']);
  expect(await arrivals(places, secret)).toEqual({ home: 2 });
});
