import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CookieRecord, CookieRejection } from '../../src/types/cookies.ts';
import { SessionJar } from '../../src/cookies/session-jar.ts';

const newJar = (): SessionJar => new SessionJar(undefined, () => undefined);
const send = (jar: SessionJar, url: string): string => jar.headerFor(new URL(url)) as string;
const respond = (jar: SessionJar, url: string, ...lines: string[]): void =>
  void jar.storeResponse(new URL(url), lines);
const day = 86_400_000;

async function refusal(
  jar: SessionJar,
  line: string,
  url: string,
  http = true,
): Promise<CookieRejection | 'stored'> {
  const outcome = await jar.set(line, url, { http });
  return 'rejected' in outcome ? outcome.rejected : 'stored';
}

afterEach(() => {
  vi.useRealTimers();
});

describe('where a cookie may come from', () => {
  it.each<[string, string, string]>([
    ['http://www.example.com/', 'com', 'public-suffix'],
    ['http://www.example.co.uk/', 'co.uk', 'public-suffix'],
    ['http://www.example.co.uk/', 'co.UK', 'public-suffix'],
    ['http://a.github.io/', 'github.io', 'public-suffix'],
    ['http://a.b.localhost/', 'localhost', 'public-suffix'],
    ['http://x.co.uk./', 'co.uk.', 'domain-invalid'],
    ['http://www.example.com/', 'example.com.', 'domain-invalid'],
    ['http://www.example.com/', '..example.com', 'domain-invalid'],
    ['http://www.example.com/', 'ex\xe4mple.com', 'domain-invalid'],
    ['http://www.example.com/', 'ample.com', 'domain-mismatch'],
    ['http://www.example.com/', 'sub.www.example.com', 'domain-mismatch'],
    ['http://www.example.com/', 'example.com:80', 'domain-mismatch'],
    ['http://192.168.0.1/', '168.0.1', 'domain-mismatch'],
    ['http://192.168.0.1/', '0.1', 'domain-mismatch'],
    ['http://[::1]/', ':1', 'domain-mismatch'],
    ['http://www.example.com/', 'example.com', 'stored'],
    ['http://www.example.com/', '.WWW.Example.com', 'stored'],
    ['http://web.test/', 'web.test', 'stored'],
  ])('C1 C2 C3: %s with Domain=%s: %s', async (url, domain, outcome) => {
    expect(await refusal(newJar(), `a=1; Domain=${domain}`, url)).toBe(outcome);
  });

  it('C1 C2: Domain= the host itself is host-only for a public suffix and for an address', async () => {
    for (const host of ['github.io', 'com', 'localhost', 'test', '192.168.0.1', '127.0.0.1']) {
      expect(await newJar().set(`a=1; Domain=${host}`, `http://${host}/`), host).toMatchObject({
        domain: host,
        hostOnly: true,
      });
    }
  });

  it('C3: a domain cookie goes to the domain and what is below it, and a host-only one to its host alone', () => {
    const jar = newJar();
    respond(jar, 'http://www.example.com/', 'domain=1; Domain=example.com', 'host=1');
    expect(send(jar, 'http://www.example.com/')).toBe('domain=1; host=1');
    expect(send(jar, 'http://a.b.example.com/')).toBe('domain=1');
    expect(send(jar, 'http://example.com/')).toBe('domain=1');
    expect(send(jar, 'http://notexample.com/')).toBe('');
    expect(send(jar, 'http://example.com.evil.org/')).toBe('');
  });

  it.each([
    ['http://localhost:1/'],
    ['http://test/'],
    ['http://intranet/'],
    ['http://app.localhost/'],
    ['http://127.0.0.1/'],
    ['http://[::1]/'],
    ['http://example.com./'],
    ['http://xn--bcher-kva.example/'],
    ['http://web.local/'],
    ['http://my_host.example.com/'],
  ])('C20: %s keeps its own cookie', async (url) => {
    const jar = newJar();
    respond(jar, url, 'a=1; Path=/');
    expect(send(jar, url)).toBe('a=1');
    expect(await jar.jar.getCookieString(url)).toBe('a=1');
  });

  it('C20: a host in another script or with ideographic dots is the same host', () => {
    const jar = newJar();
    respond(jar, 'http://bücher.example/', 'a=1');
    expect(send(jar, 'http://xn--bcher-kva.example/')).toBe('a=1');
    expect(send(jar, 'http://BÜCHER。example/')).toBe('a=1');
  });

  it('C14: the port is no part of the scope', () => {
    const jar = newJar();
    respond(jar, 'http://127.0.0.1:1000/', 'a=1');
    expect(send(jar, 'http://127.0.0.1:2000/')).toBe('a=1');
    expect(send(jar, 'http://127.0.0.2:1000/')).toBe('');
  });
});

describe('Secure', () => {
  it.each([
    'http://localhost/',
    'http://a.localhost/',
    'http://127.0.0.1/',
    'http://127.9.9.9/',
    'http://[::1]/',
    'https://example.com/',
    'wss://example.com/',
  ])('C20: %s counts as secure', async (url) => {
    const jar = newJar();
    expect(await refusal(jar, 'a=1; Secure', url)).toBe('stored');
    expect(send(jar, url)).toBe('a=1');
  });

  it.each([
    'http://example.com/',
    'http://128.0.0.1/',
    'http://127.0.0.1.example.com/',
    'http://notlocalhost/',
    'http://[::2]/',
  ])('C20: %s does not', async (url) => {
    const jar = newJar();
    expect(await refusal(jar, 'a=1; Secure', url)).toBe('secure-from-insecure');
    await jar.set('a=1; Secure', url.replace('http:', 'https:'));
    expect(send(jar, url)).toBe('');
  });

  it('C4: a response over http neither overwrites nor shadows a Secure cookie', async () => {
    const jar = newJar();
    respond(
      jar,
      'https://www.example.com/',
      'a=good; Secure; Path=/',
      'b=good; Secure; Path=/; Domain=example.com',
      'c=good; Secure; Path=/login',
    );
    for (const line of [
      'a=evil',
      'a=evil; Path=/',
      'a=evil; Path=/x',
      'a=evil; Domain=example.com',
      'b=evil',
      'b=evil; Path=/x; Domain=www.example.com',
      'c=evil; Path=/login/x',
    ]) {
      expect(await refusal(jar, line, 'http://www.example.com/login/'), line).toBe(
        'secure-overlay',
      );
    }
    expect(await refusal(jar, 'a=evil; Domain=example.com', 'http://example.com/')).toBe(
      'secure-overlay',
    );
    expect(send(jar, 'https://www.example.com/login/x')).toBe('c=good; a=good; b=good');
  });

  it('C4: what does not overlap is stored, and https may replace it', async () => {
    const jar = newJar();
    respond(jar, 'https://www.example.com/', 'a=good; Secure; Path=/login', 'b=good; Secure');
    expect(await refusal(jar, 'a=other; Path=/', 'http://www.example.com/')).toBe('stored');
    expect(await refusal(jar, 'a=other; Path=/loginpage', 'http://www.example.com/')).toBe(
      'stored',
    );
    expect(await refusal(jar, 'b=other', 'http://mail.example.com/')).toBe('stored');
    expect(await refusal(jar, 'b=new', 'https://www.example.com/')).toBe('stored');
  });

  it('C4: an expired Secure cookie protects nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'https://example.com/', 'a=good; Secure; Max-Age=10');
    vi.advanceTimersByTime(11_000);
    expect(await refusal(jar, 'a=new', 'http://example.com/')).toBe('stored');
  });
});

describe('names and flags', () => {
  it.each<[string, string, boolean, string]>([
    ['__Secure-a=1; Path=/', 'https:', true, 'prefix-secure'],
    ['__sEcUrE-a=1', 'https:', true, 'prefix-secure'],
    ['__Secure-a=1; Secure', 'https:', true, 'stored'],
    ['__Host-a=1; Secure; Path=/', 'https:', true, 'stored'],
    ['__Host-a=1; Secure', 'https:', true, 'prefix-host'],
    ['__HOST-a=1; Path=/', 'https:', true, 'prefix-host'],
    ['__Host-a=1; Secure; Path=/; Domain=www.example.com', 'https:', true, 'prefix-host'],
    ['__Host-a=1; Secure; Path=/x', 'https:', true, 'prefix-host'],
    ['__Host-a=1; Secure; Path=/; Domain=', 'https:', true, 'stored'],
    ['__Host-a=1; Secure; Path=/', 'http:', true, 'secure-from-insecure'],
    ['__Http-a=1; Secure; HttpOnly', 'https:', true, 'stored'],
    ['__http-a=1; Secure', 'https:', true, 'prefix-http'],
    ['__Http-a=1; HttpOnly', 'https:', true, 'prefix-http'],
    ['__Http-a=1; Secure', 'https:', false, 'prefix-http'],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/', 'https:', true, 'stored'],
    ['__host-HTTP-a=1; Secure; Path=/', 'https:', true, 'prefix-http'],
    [
      '__Host-Http-a=1; Secure; HttpOnly; Path=/; Domain=example.com',
      'https:',
      true,
      'prefix-host',
    ],
    ['__Host-Http-a=1; Secure; HttpOnly', 'https:', true, 'prefix-host'],
    ['=__Host-a=1', 'https:', true, 'prefix-nameless'],
    ['__secure-', 'https:', true, 'prefix-nameless'],
    ['=__HTTP-x; Secure; HttpOnly', 'https:', true, 'prefix-nameless'],
    ['__Hosta=1', 'https:', true, 'stored'],
    ['x__Host-a=1', 'https:', true, 'stored'],
  ])('C7: %s over %s (http: %s): %s', async (line, protocol, http, outcome) => {
    expect(await refusal(newJar(), line, `${protocol}//www.example.com/`, http)).toBe(outcome);
  });

  it('C8: SameSite=None needs Secure; SameSite is kept and withholds nothing', async () => {
    const jar = newJar();
    expect(await refusal(jar, 'n=1; SameSite=None', 'https://example.com/')).toBe(
      'samesite-none-insecure',
    );
    expect(await jar.set('n=1; SameSite=None; Secure', 'https://example.com/')).toMatchObject({
      sameSite: 'none',
    });
    expect(await jar.set('s=1; SameSite=Strict', 'https://example.com/')).toMatchObject({
      sameSite: 'strict',
    });
    expect(await jar.set('u=1; SameSite=odd', 'https://example.com/')).not.toHaveProperty(
      'sameSite',
    );
    expect(send(jar, 'https://example.com/')).toBe('n=1; s=1; u=1');
  });

  it('C16: a script neither sees, sets, overwrites nor deletes an HttpOnly cookie', async () => {
    const jar = newJar();
    const url = 'https://example.com/';
    respond(jar, url, 'sid=secret; HttpOnly', 'theme=dark');
    const script = { http: false };
    expect(await refusal(jar, 'x=1; HttpOnly', url, false)).toBe('httponly-from-script');
    expect(await refusal(jar, 'sid=evil', url, false)).toBe('httponly-overwrite');
    expect(await refusal(jar, 'sid=; Max-Age=0', url, false)).toBe('httponly-overwrite');
    expect(await jar.delete('sid', url, script)).toBe(false);
    expect(await jar.get('sid', url, script)).toBeUndefined();
    expect(await jar.header(url, script)).toBe('theme=dark');
    expect((await jar.getAll(undefined, script)).map(({ name }) => name)).toEqual(['theme']);
    expect(send(jar, url)).toBe('sid=secret; theme=dark');
  });

  it('C16: a response that changes only HttpOnly is applied', async () => {
    const jar = newJar();
    respond(jar, 'https://example.com/', 'a=1; HttpOnly', 'a=1');
    expect(await jar.header('https://example.com/', { http: false })).toBe('a=1');
    respond(jar, 'https://example.com/', 'a=1; HttpOnly');
    expect(await jar.header('https://example.com/', { http: false })).toBe('');
  });

  it('C18: Partitioned needs Secure and is kept', async () => {
    const jar = newJar();
    expect(await refusal(jar, 'p=1; Partitioned', 'https://example.com/')).toBe(
      'partition-missing',
    );
    expect(await jar.set('p=1; Partitioned; Secure', 'https://example.com/')).toMatchObject({
      partitioned: true,
    });
    expect(await jar.get('p', 'https://example.com/')).toMatchObject({ partitioned: true });
  });

  it('C12: names that mean something to an object are names like all others', async () => {
    const jar = newJar();
    respond(
      jar,
      'http://example.com/',
      '__proto__=1',
      'constructor=2',
      'toString=3; Domain=__proto__',
      'a=1; Path=/__proto__',
    );
    expect(send(jar, 'http://example.com/')).toBe('__proto__=1; constructor=2');
    const copy = newJar();
    await copy.import(JSON.parse(JSON.stringify(await jar.export())) as CookieRecord[]);
    expect(send(copy, 'http://example.com/')).toBe('__proto__=1; constructor=2');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });
});

describe('paths and order', () => {
  it.each([
    ['/foo', '/foo', true],
    ['/foo', '/foo/', true],
    ['/foo', '/foo/bar', true],
    ['/foo', '/foobar', false],
    ['/foo/', '/foo', false],
    ['/foo/', '/foo/bar', true],
    ['/', '/any', true],
    ['/%66oo', '/foo', false],
    ['/foo', '/%66oo', false],
    ['/Foo', '/foo', false],
    ['/a%2Fb', '/a/b', false],
  ])('C11: a cookie of the path %s at %s is sent: %s', (path, at, sent) => {
    const jar = newJar();
    respond(jar, 'http://example.com/', `a=1; Path=${path}`);
    expect(send(jar, `http://example.com${at}`)).toBe(sent ? 'a=1' : '');
  });

  it.each([
    ['/', '/'],
    ['/a', '/'],
    ['/a/', '/a'],
    ['/a/b', '/a'],
    ['/a/b/c?x=/y/z', '/a/b'],
    ['//a', '/'],
  ])('C11: the default path of %s is %s', async (at, path) => {
    expect(await newJar().set('a=1', `http://example.com${at}`)).toMatchObject({ path });
  });

  it('C11: a Path outside ASCII refuses the cookie when it is the last one', async () => {
    expect(await refusal(newJar(), 'a=1; Path=/\xe4', 'http://example.com/')).toBe(
      'path-non-ascii',
    );
    expect(await refusal(newJar(), 'a=1; Path=/\xe4; Path=/', 'http://example.com/')).toBe(
      'stored',
    );
  });

  it('C17: longer paths go first, then older cookies; an update keeps its place', () => {
    const jar = newJar();
    respond(
      jar,
      'http://www.example.com/a/b',
      'first=1; Path=/',
      'second=1; Path=/; Domain=example.com',
      'deep=1; Path=/a/b',
      'mid=1',
    );
    respond(jar, 'http://www.example.com/a/b', 'third=1; Path=/', 'first=2; Path=/');
    expect(send(jar, 'http://www.example.com/a/b')).toBe(
      'deep=1; mid=1; first=2; second=1; third=1',
    );
  });

  it('a host-only and a domain cookie of one name are two', () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', 'a=host', 'a=domain; Domain=example.com');
    expect(send(jar, 'http://example.com/')).toBe('a=host; a=domain');
    expect(send(jar, 'http://www.example.com/')).toBe('a=domain');
  });
});

describe('lifetime', () => {
  it('C10: a cookie ends when its time has come, also in a header that was asked for before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', 'short=1; Max-Age=10', 'long=1; Max-Age=100', 'session=1');
    expect(send(jar, 'http://example.com/')).toBe('short=1; long=1; session=1');
    vi.advanceTimersByTime(9_999);
    expect(send(jar, 'http://example.com/')).toBe('short=1; long=1; session=1');
    vi.advanceTimersByTime(1);
    expect(send(jar, 'http://example.com/')).toBe('long=1; session=1');
    expect(await jar.export()).toHaveLength(2);
    vi.advanceTimersByTime(90_000);
    expect(jar.size).toBe(1);
  });

  it('C10: nothing lives longer than 400 days', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    for (const line of [
      `a=1; Max-Age=${'9'.repeat(30)}`,
      'a=1; Max-Age=99999999999',
      'a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT',
    ]) {
      expect(await jar.set(line, 'http://example.com/'), line).toMatchObject({
        expires: Date.now() + 400 * day,
      });
    }
    expect(
      await jar.set({ name: 'a', value: '1', expires: 1e15 }, 'http://example.com/'),
    ).toMatchObject({ expires: Date.now() + 400 * day });
  });

  it('C10: a cookie in the past deletes the one it names, and only that', async () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', 'a=1; Path=/', 'b=1; Path=/');
    expect(await refusal(jar, 'a=; Path=/; Max-Age=0', 'http://example.com/')).toBe('expired');
    expect(
      await refusal(
        jar,
        'b=; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        'http://example.com/',
      ),
    ).toBe('expired');
    expect(send(jar, 'http://example.com/x')).toBe('b=1');
  });

  it('C10: a cookie that the server prolongs lives on', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    for (let i = 0; i < 10; i++) {
      respond(jar, 'http://example.com/', 'sid=1; Max-Age=10');
      expect(send(jar, 'http://example.com/')).toBe('sid=1');
      vi.advanceTimersByTime(9_000);
    }
    expect(send(jar, 'http://example.com/')).toBe('sid=1');
    vi.advanceTimersByTime(1_000);
    expect(send(jar, 'http://example.com/')).toBe('');
  });

  it('C10: a cookie that the server shortens ends earlier', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', 'sid=1; Max-Age=100');
    expect(send(jar, 'http://example.com/')).toBe('sid=1');
    respond(jar, 'http://example.com/', 'sid=1; Max-Age=5');
    vi.advanceTimersByTime(5_000);
    expect(send(jar, 'http://example.com/')).toBe('');
  });
});

describe('limits', () => {
  it('C9: at most 50 lines of a response are looked at', () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', ...Array.from({ length: 60 }, (_, i) => `c${i}=1`));
    expect(jar.size).toBe(50);
  });

  it('C9: at most 180 cookies of a host, the least recently used leaving first and Secure ones last', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'https://example.com/', 'sid=1; Secure', 'used=1');
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(5_000);
      respond(
        jar,
        'https://example.com/',
        ...Array.from({ length: 50 }, (_, n) => `c${i}-${n}=1; Path=/${i}`),
      );
      expect(send(jar, 'https://example.com/')).toBe('sid=1; used=1');
    }
    expect(jar.size).toBe(180);
    expect(send(jar, 'https://example.com/')).toBe('sid=1; used=1');
    // 202 were set: the 22 oldest of those that nobody used are gone.
    expect(send(jar, 'https://example.com/0').split('; ')).toHaveLength(50 - 22 + 2);
  });

  it('C9: expired cookies leave before any other', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', ...Array.from({ length: 50 }, (_, i) => `old${i}=1`));
    vi.advanceTimersByTime(1_000);
    respond(
      jar,
      'http://example.com/',
      ...Array.from({ length: 50 }, (_, i) => `brief${i}=1; Max-Age=1`),
    );
    vi.advanceTimersByTime(1_000);
    for (let r = 0; r < 2; r++)
      respond(
        jar,
        'http://example.com/',
        ...Array.from({ length: 50 }, (_, i) => `new${r}-${i}=1`),
      );
    expect(send(jar, 'http://example.com/')).toContain('old0=1');
    expect(jar.size).toBe(150);
  });

  it('C9: plain http cannot push Secure cookies out', async () => {
    const jar = newJar();
    for (let r = 0; r < 4; r++)
      respond(
        jar,
        'https://example.com/',
        ...Array.from({ length: 45 }, (_, i) => `s${r}-${i}=1; Secure`),
      );
    expect(await refusal(jar, 'evil=1', 'http://example.com/')).toBe('global-evicted');
    expect(jar.size).toBe(180);
    expect(await refusal(jar, 'good=1; Secure', 'https://example.com/')).toBe('stored');
    expect(jar.size).toBe(180);
  });

  it('C9: at most 3000 cookies in all', () => {
    const jar = newJar();
    for (let host = 0; host < 70; host++)
      respond(
        jar,
        `http://h${host}.example.com/`,
        ...Array.from({ length: 50 }, (_, i) => `c${i}=1`),
      );
    expect(jar.size).toBe(3000);
    expect(send(jar, 'http://h0.example.com/')).toBe('');
    expect(send(jar, 'http://h69.example.com/').split('; ')).toHaveLength(50);
  });

  it('C9: a header holds whole cookies of 8190 bytes at most, in the usual order', () => {
    const jar = newJar();
    const big = 'v'.repeat(3000);
    respond(jar, 'http://example.com/', `a=${big}`, `b=${big}`, `c=${big}`, 'd=small');
    const header = send(jar, 'http://example.com/');
    expect(header).toBe(`a=${big}; b=${big}; d=small`);
  });

  it('C9: no sequence of responses makes a header above 8190 bytes or one that holds more than cookies', () => {
    const line = fc
      .tuple(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.nat(200).map((n) => `n${n}`),
        ),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.nat(4096).map((n) => 'x'.repeat(n)),
          fc.constantFrom('a\r\nb: c', 'a; b=2', '\0', '春'),
        ),
        fc.constantFrom(
          '',
          '; Path=/',
          '; Secure',
          '; Domain=example.com',
          '; Max-Age=0',
          '; HttpOnly; Path=/a',
        ),
      )
      .map(([name, value, attributes]) => `${name}=${value}${attributes}`);
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.constantFrom('http', 'https'),
        (lines, scheme) => {
          const jar = newJar();
          const url = `${scheme}://www.example.com/a/b`;
          respond(jar, url, ...lines);
          const header = send(jar, url);
          expect(header.length).toBeLessThanOrEqual(8190);
          // Only what a byte can be, no control character, and after each semicolon the next
          // cookie.
          expect(header).not.toMatch(/[^\t\x20-\x7e\x80-\xff]|;(?! )/);
          expect(header === '' ? 0 : header.split(';').length).toBeLessThanOrEqual(lines.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('F31: a full jar answers in less than a millisecond', () => {
    const jar = newJar();
    for (let host = 0; host < 60; host++)
      respond(
        jar,
        `http://h${host}.example.com/`,
        ...Array.from({ length: 50 }, (_, i) => `c${i}=1`),
      );
    let best = Infinity;
    for (let i = 0; i < 20; i++) {
      respond(jar, 'http://h7.example.com/', `c0=${i}`);
      const start = performance.now();
      send(jar, 'http://h7.example.com/');
      best = Math.min(best, performance.now() - start);
    }
    expect(best).toBeLessThan(1);
  });
});
