/** `hsts: true`: hosts that are called by TLS alone (RFC 6797). */
import {
  bearer,
  type HstsRecord,
  type Middleware,
  Session,
  type SessionOptions,
  type SessionSnapshot,
  type Transport,
} from 'isosession';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

afterEach(() => {
  vi.useRealTimers();
});

const year = 31_536_000_000;

/** A server of every host, which says the header of its path `/sts`, and leads where `to` says. */
const server = () =>
  inProcess(({ url }) => {
    const headers: Record<string, string> = {};
    const policy = url.searchParams.get('policy');
    const to = url.searchParams.get('to');
    if (policy !== null) headers['strict-transport-security'] = policy;
    if (to !== null) headers['location'] = to;
    return new Response(null, { status: to === null ? 200 : 302, headers });
  });

/** A session that has heard a policy of `app.test`, and what it sends from then on. */
async function taught(policy: string, options: SessionOptions = {}, host = 'app.test') {
  const transport = server();
  const session = open({ transport, hsts: true, ...options });
  await session.get(`https://${host}/`, { searchParams: { policy } });
  transport.seen.length = 0;
  const sent = async (url: string) => {
    await session.get(url);
    return transport.seen.splice(0).map((request) => request.url.href);
  };
  return { session, transport, sent };
}

describe('the hosts that are called by TLS', () => {
  test.each<[string, boolean, boolean]>([
    ['max-age=60', true, false],
    ['max-age=60; includeSubDomains', true, true],
    ['INCLUDESUBDOMAINS ; Max-Age = "60" ; preload', true, true],
    ['max-age=60;', true, false],
    [';; max-age=60', true, false],
    ['max-age=60, max-age=0', true, false],
    [`max-age=${'9'.repeat(400)}`, true, false],
    ['max-age=0', false, false],
    ['includeSubDomains', false, false],
    ['max-age=', false, false],
    ['max-age=-1', false, false],
    ['max-age=1.5', false, false],
    ['max-age=60; max-age=60', false, false],
    ['max-age=60; a=b c', false, false],
    ['max-age="60', false, false],
    ['', false, false],
  ])(
    'by `Strict-Transport-Security: %s`: the host %s, those below it %s',
    async (policy, own, below) => {
      const { sent } = await taught(policy);
      const scheme = (secure: boolean) => (secure ? 'https' : 'http');
      expect(await sent('http://app.test/x?y#z')).toEqual([`${scheme(own)}://app.test/x?y`]);
      expect(await sent('http://a.b.app.test/')).toEqual([`${scheme(below)}://a.b.app.test/`]);
      expect(await sent('http://other-app.test/')).toEqual(['http://other-app.test/']);
      expect(await sent('http://test/')).toEqual(['http://test/']);
    },
  );

  test('keep a port that is not the default one, and know no dot at their end', async () => {
    const { sent } = await taught('max-age=60');
    expect(await sent('http://app.test:80/')).toEqual(['https://app.test/']);
    expect(await sent('http://app.test:8080/')).toEqual(['https://app.test:8080/']);
    expect(await sent('http://APP.test./')).toEqual(['https://app.test./']);
  });

  test('are no addresses', async () => {
    for (const host of ['127.0.0.1', '[::1]', '2130706433']) {
      const { sent } = await taught('max-age=60', {}, host);
      expect((await sent(`http://${host}/`))[0]).toMatch(/^http:/);
    }
  });

  test('are not learned without TLS', async () => {
    const transport = server();
    const session = open({ transport, hsts: true });
    await session.get('http://app.test/', { searchParams: { policy: 'max-age=60' } });
    await session.get('http://app.test/');
    expect(transport.seen.map(({ url }) => url.protocol)).toEqual(['http:', 'http:']);
  });

  test('P22: are not learned from another one, to which a host has led by itself', async () => {
    const answer = new Response(null, { headers: { 'strict-transport-security': 'max-age=60' } });
    const behind = { redirected: true, url: 'https://other.test/' };
    for (const [name, value] of Object.entries(behind))
      Object.defineProperty(answer, name, { value });
    const seen: string[] = [];
    const transport: Transport = {
      managed: true,
      async send({ url }) {
        seen.push(url.href);
        return seen.length === 1 ? answer : new Response();
      },
    };
    const session = open({ transport, hsts: true });
    await session.get('https://app.test/');
    await session.get('http://app.test/');
    expect(seen).toEqual(['https://app.test/', 'http://app.test/']);
  });

  test('are forgotten after their time, and when they say so', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { session, sent } = await taught('max-age=60');
    vi.advanceTimersByTime(59_999);
    expect(await sent('http://app.test/')).toEqual(['https://app.test/']);
    vi.advanceTimersByTime(1);
    expect(await sent('http://app.test/')).toEqual(['http://app.test/']);
    for (const policy of ['max-age=60', 'max-age=0'])
      await session.get('https://app.test/', { searchParams: { policy } });
    expect((await sent('http://app.test/')).at(-1)).toBe('http://app.test/');
  });

  test('are a thousand at most', async () => {
    const { session, sent } = await taught('max-age=60');
    const searchParams = { policy: 'max-age=60' };
    for (let at = 0; at < 1000; at++) await session.get(`https://h${at}.test/`, { searchParams });
    expect((await sent('http://app.test/')).at(-1)).toBe('http://app.test/');
    expect(await sent('http://h999.test/')).toEqual(['https://h999.test/']);
  });

  test('are none without the option', async () => {
    const { sent } = await taught('max-age=60', { hsts: false });
    expect(await sent('http://app.test/')).toEqual(['http://app.test/']);
  });
});

describe('P22: what leads to such a host', () => {
  test('by a redirect is made secure before it is sent, and keeps what it may', async () => {
    const { session, transport } = await taught('max-age=60', {
      baseUrl: 'https://app.test/',
      auth: bearer('token'),
    });
    await session.get('https://app.test/', { searchParams: { to: 'http://app.test/next' } });
    expect(
      transport.seen.map(({ url, headers }) => [url.href, headers.get('authorization')]),
    ).toEqual([
      ['https://app.test/?to=http%3A%2F%2Fapp.test%2Fnext', 'Bearer token'],
      ['https://app.test/next', 'Bearer token'],
    ]);
  });

  test('is learned on the way', async () => {
    const { sent } = await taught('max-age=0');
    const to = encodeURIComponent('http://app.test/next');
    expect((await sent(`https://app.test/?policy=max-age%3D60&to=${to}`)).at(-1)).toBe(
      'https://app.test/next',
    );
  });

  test.each(['call', 'attempt', 'hop'] as const)(
    'by a middleware around %s is made secure, too',
    async (around) => {
      const { session, sent } = await taught('max-age=60');
      const lead: Middleware = (request, next) =>
        next({ ...request, url: new URL('http://app.test/led') });
      session.use(lead, { around });
      expect(await sent('http://other.test/')).toEqual(['https://app.test/led']);
    },
  );

  test('is secure to middleware and auth, which may sign its URL', async () => {
    const { session } = await taught('max-age=60');
    const urls: string[] = [];
    session.use((request, next) => (urls.push(request.url.href), next(request)));
    await session.get('http://app.test/', {
      auth: (request, next) => (urls.push(request.url.href), next(request)),
    });
    expect(urls).toEqual(['https://app.test/', 'https://app.test/']);
  });

  test('has the credentials that belong to its baseUrl', async () => {
    const { session, transport } = await taught('max-age=60', {
      baseUrl: 'http://app.test/',
      auth: bearer('token'),
      searchParams: { key: 'k' },
    });
    await session.get('x');
    expect(transport.seen.map(({ url }) => url.href)).toEqual(['https://app.test/x?key=k']);
    expect(transport.seen[0]?.headers.get('authorization')).toBe('Bearer token');
  });
});

describe('the memory', () => {
  test('is shared with children, but for one that says otherwise', async () => {
    const { session, transport } = await taught('max-age=60');
    for (const hsts of [undefined, true, false, null])
      await session.extend({ hsts }).get('http://app.test/');
    expect(transport.seen.map(({ url }) => url.protocol)).toEqual([
      'https:',
      'https:',
      'http:',
      'http:',
    ]);
  });

  test('is kept by snapshots, without secrets, too', async () => {
    const { session } = await taught('max-age=60; includeSubDomains');
    for (const secrets of [true, false]) {
      const snapshot = await session.snapshot({ secrets });
      const [known] = snapshot.hsts as HstsRecord[];
      expect(known).toMatchObject({ host: 'app.test', includeSubDomains: true });
      const transport = server();
      const again = Session.restore(JSON.parse(JSON.stringify(snapshot)) as SessionSnapshot, {
        transport,
      });
      onTestFinished(() => again.destroy());
      await again.get('http://www.app.test/');
      expect(transport.seen[0]?.url.protocol).toBe('https:');
    }
  });

  test('believes nobody for longer than a year', async () => {
    const { session } = await taught('max-age=99999999999');
    const [known] = (await session.snapshot()).hsts ?? [];
    expect(known?.expires).toBeLessThanOrEqual(Date.now() + year);
  });

  test('takes no nonsense out of a snapshot', async () => {
    const good = { host: 'app.test', includeSubDomains: 'yes', expires: Date.now() + 60_000 };
    const records = [null, 7, {}, { host: 'a.test' }, { host: '1.2.3.4', expires: 9e15 }, good];
    const base = await open().snapshot();
    const session = Session.restore({ ...base, hsts: records } as unknown as SessionSnapshot);
    onTestFinished(() => session.destroy());
    expect((await session.snapshot()).hsts).toEqual([{ ...good, includeSubDomains: false }]);
  });

  test('P22: takes a host of a snapshot as it takes one of a response', async () => {
    const soon = Date.now() + 60_000;
    const names = ['APP.test.', 'bücher.test', 'a b.test', 'a.test:8443'];
    const records = names.map((host) => ({ host, includeSubDomains: false, expires: 9e15 }));
    const gone = Array.from({ length: 1000 }, (_, at) => ({
      host: `h${at}.test`,
      includeSubDomains: false,
      expires: 1,
    }));
    const live = { host: 'live.test', includeSubDomains: false, expires: soon };
    const base = await open().snapshot();
    const session = Session.restore({ ...base, hsts: [live, ...records, ...gone] });
    onTestFinished(() => session.destroy());
    const { hsts = [] } = await session.snapshot();
    expect(hsts.map(({ host }) => host)).toEqual(['live.test', 'app.test', 'xn--bcher-kva.test']);
    for (const { expires } of hsts) expect(expires).toBeLessThanOrEqual(Date.now() + year);
  });

  test('is in no snapshot of a session without it', async () => {
    expect(await open().snapshot()).not.toHaveProperty('hsts');
  });
});
