import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import { SessionJar } from '../../src/cookies/session-jar.ts';
import type { CookieRecord } from '../../src/types/cookies.ts';
import { newJar, respond, send } from './jars.ts';

const base = new URL('https://example.com/v1/');

describe('reading and writing', () => {
  it('get gives a record of the cookie that would be sent first, and else nothing', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=deep; Max-Age=60', 'a=top; Path=/; HttpOnly');
    expect(await jar.get('a')).toEqual({
      name: 'a',
      value: 'deep',
      domain: 'example.com',
      path: '/v1',
      expires: expect.any(Number) as number,
      secure: false,
      partitioned: false,
      httpOnly: false,
      hostOnly: true,
    });
    expect(await jar.get('a', '/')).toMatchObject({ value: 'top', path: '/', expires: null });
    expect(await jar.get('a', 'https://other.com/')).toBeUndefined();
    expect(await jar.get('b')).toBeUndefined();
  });

  it('getAll gives what would be sent to a URL, and without any URL everything', async () => {
    const jar = newJar();
    respond(jar, 'http://one.com/', 'a=1');
    respond(jar, 'http://two.com/', 'b=2');
    expect((await jar.getAll('http://one.com/')).map(({ name }) => name)).toEqual(['a']);
    expect((await jar.getAll()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('header gives the header for a URL, by default for the base', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=1', 'b=2; Path=/x');
    expect(await jar.header()).toBe('a=1');
    expect(await jar.header('/x')).toBe('b=2');
    await expect(newJar().header()).rejects.toThrow(InvalidRequestError);
  });

  it('set takes a line or a record and gives what was stored', async () => {
    const jar = newJar(base);
    expect(await jar.set('a=1; Domain=.example.com; Secure; SameSite=Lax')).toEqual({
      name: 'a',
      value: '1',
      domain: 'example.com',
      path: '/v1',
      expires: null,
      secure: true,
      sameSite: 'lax',
      partitioned: false,
      httpOnly: false,
      hostOnly: false,
    });
    const expires = Date.now() + 60_000;
    expect(
      await jar.set({
        name: 'b',
        value: '2',
        expires,
        secure: true,
        sameSite: 'none',
        httpOnly: true,
        partitioned: true,
      }),
    ).toEqual({
      name: 'b',
      value: '2',
      domain: 'example.com',
      path: '/',
      expires,
      secure: true,
      sameSite: 'none',
      partitioned: true,
      httpOnly: true,
      hostOnly: true,
    });
    expect(
      await jar.set({ name: 'c', value: '', domain: '.EXAMPLE.com', path: '/v1' }),
    ).toMatchObject({ domain: 'example.com', hostOnly: false });
    expect(
      await jar.set({ name: 'c', value: '', domain: 'example.com', hostOnly: true }),
    ).toMatchObject({ domain: 'example.com', hostOnly: true });
    expect(
      await jar.set({ name: 'd', value: '', domain: 'bücher.example' }, 'https://bücher.example'),
    ).toMatchObject({ domain: 'xn--bcher-kva.example' });
    expect(await jar.set({ name: 'd', value: '', domain: 'other.com' })).toEqual({
      rejected: 'domain-mismatch',
    });
    expect(
      await jar.set(
        { name: 'd', value: '', hostOnly: true, domain: 'example.com' },
        'https://www.example.com',
      ),
    ).toEqual({ rejected: 'domain-mismatch' });
    expect(await jar.set({ name: 'b', value: '', expires: 1 })).toEqual({ rejected: 'expired' });
  });

  it('set needs to know where: a URL, a base or a record with a domain', async () => {
    const jar = newJar();
    await expect(jar.set('a=1')).rejects.toThrow(InvalidRequestError);
    await expect(jar.set({ name: 'a', value: '1' })).rejects.toThrow(InvalidRequestError);
    expect(
      await jar.set({ name: 'a', value: '1', domain: 'example.com', secure: true }),
    ).toMatchObject({ domain: 'example.com', hostOnly: false });
    await expect(jar.set('a=1', 'ftp://example.com/')).rejects.toThrow(InvalidRequestError);
    await expect(jar.set('a=1', '/relative')).rejects.toThrow(InvalidRequestError);
    await expect(jar.get('a', 'no url')).rejects.toThrow(InvalidRequestError);
  });

  it('set takes no name and value apart: that would be a cookie without a name', async () => {
    const jar = newJar(base);
    await expect(jar.set('sid', 's3cret')).rejects.toThrow(InvalidRequestError);
    expect(jar.size).toBe(0);
    expect(await jar.set('nameless', '/v1/')).toMatchObject({ name: '', value: 'nameless' });
  });

  it('get and delete without any URL act on the only cookie of a name', async () => {
    const jar = newJar();
    respond(jar, 'http://one.com/', 'a=1', 'b=1');
    respond(jar, 'http://two.com/', 'b=2');
    expect(await jar.get('a')).toMatchObject({ value: '1', domain: 'one.com' });
    expect(await jar.get('none')).toBeUndefined();
    await expect(jar.get('b')).rejects.toThrow(/2 cookies are named "b"/);
    await expect(jar.delete('b')).rejects.toThrow(InvalidRequestError);
    expect(await jar.delete('a')).toBe(true);
    expect(await jar.delete('a')).toBe(false);
    expect(await jar.delete('b', 'http://two.com/')).toBe(true);
    expect(send(jar, 'http://two.com/')).toBe('');
    expect(send(jar, 'http://one.com/')).toBe('b=1');
  });

  it('clear removes every cookie', async () => {
    const jar = newJar(base);
    respond(jar, base, 'a=1');
    expect(send(jar, base)).toBe('a=1');
    await jar.clear();
    expect(send(jar, base)).toBe('');
    expect(jar.size).toBe(0);
  });

  it('records are copies: changing one changes nothing', async () => {
    const jar = newJar(base);
    const stored = (await jar.set('a=1; Path=/')) as CookieRecord;
    stored.value = 'evil';
    (await jar.getAll())[0].value = 'evil';
    expect(await jar.header()).toBe('a=1');
  });
});

describe('export and import', () => {
  it('carry everything over, in order, through JSON', async () => {
    const jar = newJar();
    respond(
      jar,
      'https://www.example.com/a/b',
      'host=1; Max-Age=1000',
      'dom=2; Domain=example.com; Path=/; Secure; SameSite=None',
      '__Host-x=3; Path=/; Secure; HttpOnly',
      'nameless',
      'tab=\t x\ty',
      'co,mma=4',
    );
    respond(jar, 'http://127.0.0.1/', 'ip=1; Partitioned; Secure');
    respond(jar, 'http://[::1]/', 'six=1');
    const records = JSON.parse(JSON.stringify(await jar.export())) as CookieRecord[];
    const other = newJar();
    expect(await other.import(records)).toEqual([]);
    expect(await other.export()).toEqual(await jar.export());
    for (const url of [
      'https://www.example.com/a/b',
      'https://example.com/',
      'http://127.0.0.1/',
      'http://[::1]/',
    ])
      expect(send(other, url)).toBe(send(jar, url));
  });

  it.each([
    'http://api.ns.svc.cluster.local./',
    'http://com./',
    'http://localhost/',
    'http://intranet/',
    'http://a.localhost./',
    'http://my_host.example.com/',
    'http://_dmarc.exa_mple.com/',
    'http://bücher.example/',
    'http://例え.テスト/',
    'http://user.github.io/',
    'http://a.-b-.example.com/',
    'http://a..example.com/',
    "http://a.b!$&'()*+,;=~.example.com/",
    `http://${'a'.repeat(70)}.${'b.'.repeat(200)}example.com/`,
    'http://192.168.0.1/',
    'http://[::1]/',
    'http://[2001:db8::ff]/',
    'http://[::ffff:192.168.0.1]/',
    'http://example.com/app;jsessionid=1/page',
    `http://example.com/${'deep/'.repeat(300)}`,
  ])('take back every cookie of %.60s', async (url) => {
    const { hostname } = new URL(url);
    const parent = hostname.slice(hostname.indexOf('.') + 1);
    const jar = newJar();
    respond(
      jar,
      url,
      'plain=1',
      'root=2; Path=/; Max-Age=1000',
      `own=3; Domain=${hostname}`,
      `parent=4; Domain=${parent}`,
    );
    const records = JSON.parse(JSON.stringify(await jar.export())) as CookieRecord[];
    expect(records.length).toBeGreaterThanOrEqual(2);
    const other = newJar();
    expect(await other.import(records)).toEqual([]);
    expect(await other.export()).toEqual(await jar.export());
    for (const at of [url, url.replace('//', '//sub.')])
      if (URL.canParse(at)) expect(send(other, at)).toBe(send(jar, at));
  });

  it('take back what any host has set', async () => {
    const label = fc.string({
      unit: fc.constantFrom(...'ab09-_!é春'.split('')),
      minLength: 1,
      maxLength: 4,
    });
    const host = fc
      .tuple(fc.array(label, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '.'))
      .map(([labels, dot]) => labels.join('.') + dot)
      .filter((name) => URL.canParse(`http://${name}/`));
    await fc.assert(
      fc.asyncProperty(host, fc.nat(4), async (name, depth) => {
        const url = `http://${name}/`;
        const { hostname } = new URL(url);
        const jar = newJar();
        respond(jar, url, 'a=1', `b=2; Domain=${hostname.split('.').slice(depth).join('.')}`);
        const other = newJar();
        expect(await other.import(await jar.export())).toEqual([]);
        expect(await other.export()).toEqual(await jar.export());
        expect(send(other, url)).toBe(send(jar, url));
      }),
      { numRuns: 500 },
    );
  });

  it('every record is checked, and what is refused is told', async () => {
    const jar = newJar();
    const records = [
      { name: 'ok', value: '1', domain: 'example.com', path: '/', hostOnly: true },
      { name: 'a', value: 'x\r\nSet-Cookie: b=1', domain: 'example.com' },
      { name: 'a;b', value: '1', domain: 'example.com' },
      {
        name: '__Host-a',
        value: '1',
        domain: 'example.com',
        path: '/',
        hostOnly: false,
        secure: true,
      },
      { name: 'a', value: 'x'.repeat(5000), domain: 'example.com' },
      { name: 'old', value: '1', domain: 'example.com', expires: 1 },
      { name: 'a', value: '1' },
      JSON.parse('{"__proto__": {"name": "a", "value": "1", "domain": "example.com"}}'),
      null,
      'a=1',
      7,
      { name: { toString: () => 'a' }, value: '1', domain: 'example.com' },
      { name: 'last', value: '1', domain: 'example.com', path: '/' },
    ] as CookieRecord[];
    const refused = await jar.import(records);
    expect(refused.map(({ rejected }) => rejected)).toEqual([
      'policy',
      'policy',
      'prefix-host',
      'too-large',
      'expired',
      'domain-invalid',
      'policy',
      'policy',
      'policy',
      'policy',
      'policy',
    ]);
    expect(refused[0]?.record).toBe(records[1]);
    expect(send(jar, 'https://example.com/')).toBe('ok=1; last=1');
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
    await expect(jar.import({} as CookieRecord[])).rejects.toThrow(InvalidRequestError);
  });
});

describe('nothing that is printed holds a value', () => {
  it('toJSON and inspection show names and where they go', async () => {
    const jar = newJar(base);
    respond(jar, base, 'sid=topsecret; Path=/', 'theme=topsecret2');
    expect(JSON.stringify(jar)).toBe(
      '{"cookies":[{"name":"sid","domain":"example.com","path":"/"},' +
        '{"name":"theme","domain":"example.com","path":"/v1"}]}',
    );
    expect(inspect(jar)).toBe('SessionCookies { sid (example.com/), theme (example.com/v1) }');
    for (const value of [jar, { jar }, jar.jar])
      expect(inspect(value, { depth: Infinity, showHidden: true })).not.toContain('topsecret');
    expect(inspect(jar.jar, { depth: 5 })).toContain('sid (example.com/)');
  });
});

describe('sharing and copying', () => {
  it('a jar made of another shares its cookies and has its own base', async () => {
    const parent = newJar(base);
    const child = new SessionJar(parent, () => new URL('https://other.com/'));
    await parent.set('a=1; Path=/');
    await child.set('b=2');
    expect(send(child, base)).toBe('a=1');
    expect(send(parent, 'https://other.com/')).toBe('b=2');
    expect(child.jar).toBe(parent.jar);
    expect(await child.header()).toBe('b=2');
  });

  it("a jar made of another's CookieJar shares its cookies too", async () => {
    const parent = newJar(base);
    await parent.set('a=1; Path=/');
    await parent.set('a=2; Path=/; Domain=example.com');
    const child = new SessionJar(parent.jar, () => base);
    expect(send(child, base)).toBe('a=1; a=2');
    await child.delete('a');
    expect(send(parent, base)).toBe('');
  });

  it('a copy has the same cookies and goes its own way', async () => {
    const parent = newJar(base);
    respond(parent, base, 'a=1; Path=/; HttpOnly; Max-Age=100', 'b=2; Path=/');
    const copy = parent.copy(() => base);
    expect(copy).toBeInstanceOf(SessionJar);
    expect(await copy.export()).toEqual(await parent.export());
    await copy.set('a=3; Path=/');
    await parent.delete('b');
    expect(send(parent, base)).toBe('a=1');
    expect(send(copy, base)).toBe('a=3; b=2');
  });
});
