import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CookieRecord } from '../../src/types/cookies.ts';
import { newJar, refusal, respond, send } from './jars.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('where a cookie may come from', () => {
  it.each([
    { url: 'http://www.example.com/', domain: 'com', outcome: 'public-suffix' },
    { url: 'http://www.example.co.uk/', domain: 'co.uk', outcome: 'public-suffix' },
    { url: 'http://www.example.co.uk/', domain: 'co.UK', outcome: 'public-suffix' },
    { url: 'http://a.github.io/', domain: 'github.io', outcome: 'public-suffix' },
    { url: 'http://a.b.localhost/', domain: 'localhost', outcome: 'public-suffix' },
    { url: 'http://x.co.uk./', domain: 'co.uk.', outcome: 'public-suffix' },
    { url: 'http://www.example.com/', domain: 'example.com.', outcome: 'domain-mismatch' },
    { url: 'http://www.example.com./', domain: 'example.com', outcome: 'domain-mismatch' },
    { url: 'http://www.example.com./', domain: 'example.com..', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: '.', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: '..', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: '..example.com', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: 'ex\xe4mple.com', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: 'ample.com', outcome: 'domain-mismatch' },
    { url: 'http://www.example.com/', domain: 'sub.www.example.com', outcome: 'domain-mismatch' },
    { url: 'http://www.example.com/', domain: 'example.com:80', outcome: 'domain-invalid' },
    { url: 'http://www.example.com/', domain: '[www.example.com]', outcome: 'domain-invalid' },
    { url: 'http://192.168.0.1/', domain: '168.0.1', outcome: 'domain-mismatch' },
    { url: 'http://192.168.0.1/', domain: '0.1', outcome: 'domain-mismatch' },
    { url: 'http://[::1]/', domain: ':1', outcome: 'domain-invalid' },
    { url: 'http://[::1]/', domain: '::1', outcome: 'domain-invalid' },
    { url: 'http://[::1]/', domain: '[::2]', outcome: 'domain-invalid' },
    { url: 'http://[::1]/', domain: '[::1', outcome: 'domain-invalid' },
    { url: 'http://[::1]/', domain: '[::1]', outcome: 'stored' },
    { url: 'http://[::1]/', domain: '.[::1]', outcome: 'stored' },
    { url: 'http://www.example.com/', domain: 'example.com', outcome: 'stored' },
    { url: 'http://www.example.com/', domain: '.WWW.Example.com', outcome: 'stored' },
    { url: 'http://web.test/', domain: 'web.test', outcome: 'stored' },
    { url: 'http://www.example.com./', domain: 'example.com.', outcome: 'stored' },
    { url: 'http://a.ns.svc.cluster.local./', domain: 'svc.cluster.local.', outcome: 'stored' },
    { url: 'http://a.-b-.example.com/', domain: '-b-.example.com', outcome: 'stored' },
    { url: 'http://a.-.example.com/', domain: 'example.com', outcome: 'stored' },
    { url: 'http://a.b-.com/', domain: 'b-.com', outcome: 'stored' },
    { url: 'http://a.b-.com/', domain: 'com', outcome: 'public-suffix' },
    { url: 'http://a.b!c.co.uk/', domain: 'b!c.co.uk', outcome: 'stored' },
    { url: 'http://a-.github.io/', domain: 'github.io', outcome: 'public-suffix' },
    { url: 'http://a_b.c_d.example.com/', domain: 'c_d.example.com', outcome: 'stored' },
  ])('$url with Domain=$domain: $outcome', async ({ url, domain, outcome }) => {
    expect(await refusal(newJar(), `a=1; Domain=${domain}`, url)).toBe(outcome);
  });

  it('Domain= the host itself is host-only for a public suffix and for an address', async () => {
    for (const host of ['github.io', 'com', 'localhost', 'test', 'com.', '127.0.0.1', '[::1]']) {
      expect(await newJar().set(`a=1; Domain=${host}`, `http://${host}/`), host).toMatchObject({
        domain: host.replace(/[[\]]/g, ''),
        hostOnly: true,
      });
    }
  });

  it('an empty Domain after another one means the host alone, if that one matches', async () => {
    const url = 'http://www.example.com/';
    for (const [domains, outcome] of [
      ['Domain=example.com; Domain=', { domain: 'www.example.com', hostOnly: true }],
      ['Domain=; Domain=example.com', { domain: 'example.com', hostOnly: false }],
      ['Domain=other.com; Domain=', { rejected: 'domain-mismatch' }],
    ] as const)
      expect(await newJar().set(`a=1; ${domains}`, url), domains).toMatchObject(outcome);
  });

  it('a domain cookie of a host with a dot at its end goes to such hosts alone', () => {
    const jar = newJar();
    respond(jar, 'http://www.example.com./', 'dot=1; Domain=example.com.');
    respond(jar, 'http://www.example.com/', 'none=1; Domain=example.com');
    expect(send(jar, 'http://example.com./')).toBe('dot=1');
    expect(send(jar, 'http://a.www.example.com./')).toBe('dot=1');
    expect(send(jar, 'http://www.example.com/')).toBe('none=1');
  });

  it('a domain cookie goes to the domain and below, a host-only one to its host alone', () => {
    const jar = newJar();
    respond(jar, 'http://www.example.com/', 'domain=1; Domain=example.com', 'host=1');
    expect(send(jar, 'http://www.example.com/')).toBe('domain=1; host=1');
    expect(send(jar, 'http://a.b.example.com/')).toBe('domain=1');
    expect(send(jar, 'http://example.com/')).toBe('domain=1');
    expect(send(jar, 'http://notexample.com/')).toBe('');
    expect(send(jar, 'http://example.com.evil.org/')).toBe('');
  });

  it.each([
    'http://localhost:1/',
    'http://test/',
    'http://intranet/',
    'http://app.localhost/',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://example.com./',
    'http://xn--bcher-kva.example/',
    'http://web.local/',
    'http://my_host.example.com/',
  ])('%s keeps its own cookie', async (url) => {
    const jar = newJar();
    respond(jar, url, 'a=1; Path=/');
    expect(send(jar, url)).toBe('a=1');
    expect(await jar.jar.getCookieString(url)).toBe('a=1');
  });

  it('a host in another script or with ideographic dots is the same host', () => {
    const jar = newJar();
    respond(jar, 'http://bücher.example/', 'a=1');
    expect(send(jar, 'http://xn--bcher-kva.example/')).toBe('a=1');
    expect(send(jar, 'http://BÜCHER。example/')).toBe('a=1');
  });

  it('the port is no part of the scope', () => {
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
  ])('%s counts as secure', async (url) => {
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
  ])('%s does not', async (url) => {
    const jar = newJar();
    expect(await refusal(jar, 'a=1; Secure', url)).toBe('secure-from-insecure');
    await jar.set('a=1; Secure', url.replace('http:', 'https:'));
    expect(send(jar, url)).toBe('');
  });

  it('a response over http neither overwrites nor shadows a Secure cookie', async () => {
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

  it('what does not overlap is stored, and https may replace it', async () => {
    const jar = newJar();
    respond(jar, 'https://www.example.com/', 'a=good; Secure; Path=/login', 'b=good; Secure');
    expect(await refusal(jar, 'a=other; Path=/', 'http://www.example.com/')).toBe('stored');
    expect(await refusal(jar, 'a=other; Path=/loginpage', 'http://www.example.com/')).toBe(
      'stored',
    );
    expect(await refusal(jar, 'b=other', 'http://mail.example.com/')).toBe('stored');
    expect(await refusal(jar, 'b=new', 'https://www.example.com/')).toBe('stored');
  });

  it('nor does one without a name, whose value would be read as a name and a value', async () => {
    const jar = newJar();
    respond(jar, 'https://example.com/', 'a=good; Secure; HttpOnly');
    expect(await refusal(jar, '=a=evil; Path=/x', 'http://example.com/')).toBe('prefix-nameless');
    const script = { http: false };
    expect(await refusal(jar, '=a=evil; Path=/x', 'https://example.com/', script)).toBe(
      'prefix-nameless',
    );
    const record = { name: '', value: 'a=evil', domain: 'example.com', path: '/x' };
    expect(await jar.import([record])).toEqual([{ record, rejected: 'prefix-nameless' }]);
    expect(send(jar, 'https://example.com/x')).toBe('a=good');
  });

  it('an expired Secure cookie protects nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'https://example.com/', 'a=good; Secure; Max-Age=10');
    vi.advanceTimersByTime(11_000);
    expect(await refusal(jar, 'a=new', 'http://example.com/')).toBe('stored');
  });
});

describe('names and flags', () => {
  it.each([
    ['__Secure-a=1; Path=/', 'prefix-secure'],
    ['__sEcUrE-a=1', 'prefix-secure'],
    ['__Secure-a=1; Secure', 'stored'],
    ['__Host-a=1; Secure; Path=/', 'stored'],
    ['__Host-a=1; Secure', 'prefix-host'],
    ['__HOST-a=1; Path=/', 'prefix-host'],
    ['__Host-a=1; Secure; Path=/; Domain=www.example.com', 'prefix-host'],
    ['__Host-a=1; Secure; Path=/x', 'prefix-host'],
    ['__Host-a=1; Secure; Path=/; Domain=', 'stored'],
    ['__Http-a=1; Secure; HttpOnly', 'stored'],
    ['__http-a=1; Secure', 'prefix-http'],
    ['__Http-a=1; HttpOnly', 'prefix-http'],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/', 'stored'],
    ['__host-HTTP-a=1; Secure; Path=/', 'prefix-http'],
    ['__Host-Http-a=1; Secure; HttpOnly; Path=/; Domain=example.com', 'prefix-host'],
    ['__Host-Http-a=1; Secure; HttpOnly', 'prefix-host'],
    ['=__Host-a=1', 'prefix-nameless'],
    ['__secure-', 'prefix-nameless'],
    ['=__HTTP-x; Secure; HttpOnly', 'prefix-nameless'],
    ['=a=2; Secure', 'prefix-nameless'],
    ['==a', 'prefix-nameless'],
    ['=a=', 'prefix-nameless'],
    [' \t= a\t=2', 'prefix-nameless'],
    ['__Hosta=1', 'stored'],
    ['x__Host-a=1', 'stored'],
  ])('%s: %s', async (line, outcome) => {
    expect(await refusal(newJar(), line, 'https://www.example.com/')).toBe(outcome);
  });

  it.each([
    ['\xa0', 'as a byte of Latin-1'],
    ['\x85', 'as a byte of Latin-1'],
    ['\xc2\xa0', 'in UTF-8'],
    ['\xc2\x85', 'in UTF-8'],
    ['\xe1\x9a\x80', 'in UTF-8'],
    ['\xe2\x80\x80', 'in UTF-8'],
    ['\xe2\x80\xa9', 'in UTF-8'],
    ['\xe2\x81\x9f', 'in UTF-8'],
    ['\xe3\x80\x80', 'in UTF-8'],
    ['\xef\xbb\xbf', 'in UTF-8'],
    ['\u2000', 'as text'],
    ['\ufeff', 'as text'],
    ['\xa0\x85', 'twice'],
  ])(
    'C21: a blank that servers trim begins no name, which may have a prefix: %j, %s',
    async (blank) => {
      const at = 'http://www.example.com/';
      for (const name of ['__Host-sid', '__Secure-'])
        expect(await refusal(newJar(), `${blank}${name}=evil`, at)).toBe('prefix-blank');
      for (const value of ['__Host-sid', '__secure-'])
        expect(await refusal(newJar(), `=${blank}${value}`, at)).toBe('prefix-blank');
      const jar = newJar();
      const record = { name: `${blank}__Host-sid`, value: 'evil', domain: 'example.com' };
      expect(await jar.set(record)).toEqual({ rejected: 'prefix-blank' });
      expect(await jar.import([record])).toEqual([{ record, rejected: 'prefix-blank' }]);
      respond(jar, at, `${blank}__Host-sid=evil; Domain=example.com`);
      expect(send(jar, at)).toBe('');
      for (const line of [
        `s${blank}=1`,
        `s=${blank}1`,
        `=${blank}1`,
        'é=1',
        'Ã=1',
        'âsid=1',
        '€=1',
      ])
        expect(await refusal(newJar(), line, at)).toBe('stored');
    },
  );

  it.each(['\xa0', '\x85', '\xc2\xa0', '\xc2\x85'])(
    'C21: nor does U+00A0 or U+0085 begin any: %j',
    async (blank) => {
      for (const name of ['sid', ''])
        expect(await refusal(newJar(), `${blank}${name}=1`, 'http://a.test/')).toBe('prefix-blank');
    },
  );

  it('a prefix lifts no other rule: Secure needs a secure connection', async () => {
    expect(await refusal(newJar(), '__Host-a=1; Secure; Path=/', 'http://www.example.com/')).toBe(
      'secure-from-insecure',
    );
  });

  it('a script cannot set a cookie whose prefix is for HTTP', async () => {
    expect(
      await refusal(newJar(), '__Http-a=1; Secure', 'https://www.example.com/', { http: false }),
    ).toBe('prefix-http');
  });

  it('SameSite=None needs Secure; SameSite is kept and withholds nothing', async () => {
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

  it('a script neither sees, sets, overwrites nor deletes an HttpOnly cookie', async () => {
    const jar = newJar();
    const url = 'https://example.com/';
    respond(jar, url, 'sid=secret; HttpOnly', 'theme=dark');
    const script = { http: false };
    expect(await refusal(jar, 'x=1; HttpOnly', url, script)).toBe('httponly-from-script');
    expect(await refusal(jar, 'sid=evil', url, script)).toBe('httponly-overwrite');
    expect(await refusal(jar, 'sid=; Max-Age=0', url, script)).toBe('httponly-overwrite');
    expect(await jar.delete('sid', url, script)).toBe(false);
    expect(await jar.get('sid', url, script)).toBeUndefined();
    expect(await jar.header(url, script)).toBe('theme=dark');
    expect((await jar.getAll(undefined, script)).map(({ name }) => name)).toEqual(['theme']);
    expect(send(jar, url)).toBe('sid=secret; theme=dark');
  });

  it('a response that changes only HttpOnly is applied', async () => {
    const jar = newJar();
    respond(jar, 'https://example.com/', 'a=1; HttpOnly', 'a=1');
    expect(await jar.header('https://example.com/', { http: false })).toBe('a=1');
    respond(jar, 'https://example.com/', 'a=1; HttpOnly');
    expect(await jar.header('https://example.com/', { http: false })).toBe('');
  });

  it('Partitioned needs Secure and is kept', async () => {
    const jar = newJar();
    expect(await refusal(jar, 'p=1; Partitioned', 'https://example.com/')).toBe(
      'partition-missing',
    );
    expect(await jar.set('p=1; Partitioned; Secure', 'https://example.com/')).toMatchObject({
      partitioned: true,
    });
    expect(await jar.get('p', 'https://example.com/')).toMatchObject({ partitioned: true });
  });

  it('a Partitioned cookie and another of its name leave each other alone', async () => {
    const jar = newJar();
    const url = 'https://example.com/';
    respond(jar, url, 'p=1; Secure', 'p=2; Secure; Partitioned');
    expect(send(jar, url)).toBe('p=1; p=2');
    const copy = newJar();
    expect(await copy.import(await jar.export())).toEqual([]);
    expect(send(copy, url)).toBe('p=1; p=2');
    respond(jar, url, 'p=; Secure; Max-Age=0', 'p=3; Secure; PARTITIONED');
    expect(send(jar, url)).toBe('p=3');
    respond(jar, url, 'p=4', 'p=; Secure; Partitioned; Max-Age=0');
    expect(send(jar, url)).toBe('p=4');
    respond(jar, url, 'p=5; Secure; Partitioned');
    expect(await jar.delete('p', url)).toBe(true);
    expect(send(jar, url)).toBe('');
  });

  it('names that mean something to an object are names like all others', async () => {
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
