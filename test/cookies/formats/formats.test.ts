import { CookieJar } from 'tough-cookie';
import { type CookieRecord, InvalidRequestError, Session } from 'isosession';
import {
  fromHar,
  fromNetscape,
  fromStorageState,
  fromToughCookie,
  toNetscape,
  toStorageState,
  toToughCookie,
} from 'isosession/cookies';
import { describe, expect, it } from 'vitest';
import { thrown } from '../../support/contract.ts';
import { records } from './records.ts';

const partitioned: CookieRecord = {
  ...(records[0] as CookieRecord),
  name: 'p',
  secure: true,
  partitioned: true,
  partitionKey: 'https://top.example',
};

describe('a round trip of 200 records', () => {
  it('through a cookie file loses sameSite alone', () => {
    const text = toNetscape(records);
    expect(fromNetscape(text)).toEqual(
      records.map(({ sameSite: _, partitioned: __, ...record }) => record),
    );
    expect(fromNetscape(text.replaceAll('\n', '\r\n'))).toHaveLength(200);
  });

  it('through a storage state gives cookies without sameSite the one of browsers', () => {
    const state = toStorageState([...records, partitioned]);
    expect(fromStorageState(JSON.parse(JSON.stringify(state)) as typeof state)).toEqual(
      [...records, partitioned].map((record) => ({ sameSite: 'lax', ...record })),
    );
  });

  it('through the JSON of tough-cookie loses nothing', () => {
    const jar = toToughCookie([...records, partitioned]);
    expect(fromToughCookie(JSON.parse(JSON.stringify(jar)) as typeof jar)).toEqual([
      ...records,
      partitioned,
    ]);
  });

  it('through a jar of tough-cookie itself loses nothing', async () => {
    const jar = CookieJar.deserializeSync(JSON.stringify(toToughCookie([...records, partitioned])));
    const serialized = await jar.serialize();
    const back = fromToughCookie(serialized);
    const byName = (one: CookieRecord, other: CookieRecord) => (one.name < other.name ? -1 : 1);
    expect(back.sort(byName)).toEqual([...records, partitioned].sort(byName));
  });

  it('through a jar of a session loses nothing', async () => {
    const session = new Session();
    expect(await session.cookies.import([...records, partitioned])).toEqual([]);
    const found = new Map((await session.cookies.export()).map((record) => [record.name, record]));
    for (const record of [...records, partitioned]) expect(found.get(record.name)).toEqual(record);
    await session.close();
  });

  it('out of an archive that has recorded them loses nothing', () => {
    const entries = records.map((record, i) => ({
      startedDateTime: new Date(Date.now() + i).toISOString(),
      request: { url: `https://${record.domain}/a/b`, cookies: [], headers: [] },
      response: { headers: [{ name: 'Set-Cookie', value: toText(toLine(record)) }], cookies: [] },
    }));
    const found = fromHar({ log: { entries } });
    expect(found).toHaveLength(200);
    expect(found).toEqual(records);
  });
});

describe('bytes that are no text', () => {
  // Latin-1: as UTF-8 it would be an error.
  const record: CookieRecord = { name: 'n', value: 'caf\xe9', domain: 'a.test', path: '/' };

  it('are kept by the JSON of tough-cookie', () => {
    expect(fromToughCookie(toToughCookie([record]))).toMatchObject([record]);
  });

  it.each([
    ['a cookie file', () => toNetscape([record])],
    ['a cookie file, as a name', () => toNetscape([{ ...record, name: '\xff', value: '' }])],
    ['a storage state', () => toStorageState([record])],
    ['a storage state, as a name', () => toStorageState([{ ...record, name: '\xff', value: '' }])],
  ])('are refused by %s, which would change them', (_, write) => {
    const { message } = thrown(write, InvalidRequestError);
    expect(message).toMatch(/^to\w+: cookie ".": the format has no bytes that are not UTF-8$/);
  });
});

it('a value of any length is read', () => {
  const value = 'ä'.repeat(1_000_000);
  const [cookie] = fromNetscape(`a.test\tFALSE\t/\tTRUE\t0\tn\t${value}\n`);
  expect(cookie?.value).toHaveLength(2_000_000);
});

/** As tools show it: UTF-8 where it is bytes. */
const toText = (line: string): string =>
  /[^\0-\xff]/.test(line) ? line : Buffer.from(line, 'latin1').toString();

/** As a server sends it. */
function toLine(record: CookieRecord): string {
  const { name, value, domain, path, expires, secure, sameSite, httpOnly, hostOnly } = record;
  return [
    `${name}=${value}`,
    `Path=${path}`,
    ...(hostOnly ? [] : [`Domain=${domain}`]),
    ...(typeof expires === 'number' ? [`Expires=${new Date(expires).toUTCString()}`] : []),
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    ...(sameSite ? [`SameSite=${sameSite}`] : []),
  ].join('; ');
}

describe('an archive', () => {
  const entry = (url: string, response: object, cookies: object[] = [], at = 0) => ({
    startedDateTime: new Date(Date.UTC(2026, 0, 1) + at).toISOString(),
    request: { url, cookies },
    response,
  });

  it('gives what was there at its end, in the order of time', () => {
    const url = 'https://example.com/shop/cart';
    const set = (value: string) => ({ headers: [{ name: 'set-cookie', value }] });
    const found = fromHar({
      log: {
        entries: [
          entry(url, set('gone=; Max-Age=0'), [], 3),
          entry(url, set('gone=1\nkept=1'), [], 1),
          entry(url, set('kept=2'), [{ name: 'kept', value: '1' }], 2),
        ],
      },
    });
    expect(found).toMatchObject([
      { name: 'kept', value: '2', domain: 'example.com', path: '/shop', hostOnly: true },
    ]);
  });

  it('gives what was sent and never set, and what a tool has as cookies alone', () => {
    const cookies = [
      { name: 'b', value: '2', domain: '.example.com', path: '/x', expires: null, httpOnly: true },
      { name: 'c', value: '3', expires: '2999-01-01T00:00:00.000Z', sameSite: 'Lax' },
    ];
    const found = fromHar({
      log: {
        entries: [
          entry('https://a.example.com/', { headers: [], cookies }, [{ name: 'a', value: '1' }]),
        ],
      },
    });
    expect(found).toMatchObject([
      { name: 'a', value: '1', domain: 'a.example.com', hostOnly: true, secure: true },
      { name: 'b', domain: 'example.com', hostOnly: false, path: '/x', expires: null },
      { name: 'c', domain: 'a.example.com', path: '/', sameSite: 'lax' },
    ]);
  });
});

describe('an archive of a visit to more than one host', () => {
  const cookies = (url: string, cookie: object) => ({
    request: { url },
    response: { cookies: [cookie] },
  });
  const lines = (url: string, ...set: string[]) => ({
    request: { url },
    response: { headers: set.map((value) => ({ name: 'Set-Cookie', value })) },
  });
  const login = lines(
    'https://bank.test/',
    '__Host-sid=own; Secure; Path=/',
    'a=own; Path=/; Secure',
  );

  it.each<[string, object]>([
    ['names its domain', lines('https://evil.test/', 'sid=evil; Domain=bank.test')],
    ['deletes', lines('https://evil.test/', 'a=; Domain=bank.test; Path=/; Max-Age=0')],
    ['has a name that ends as it does', lines('https://evilbank.test/', 'a=x; Domain=bank.test')],
    ['is below it', lines('https://bank.test.evil.test/', 'a=x; Domain=bank.test; Path=/')],
    [
      'has cookies for it',
      cookies('https://evil.test/', { name: 'a', value: 'x', domain: 'bank.test', path: '/' }),
    ],
    ['has an address', lines('https://127.0.0.1/', 'a=x; Domain=0.0.1; Path=/')],
    ['answers by plain http', lines('http://bank.test/', 'a=evil; Path=/')],
    ['answers by plain http with Secure', lines('http://bank.test/', 'b=evil; Path=/; Secure')],
    ['deletes by plain http', lines('http://bank.test/', 'a=; Path=/; Max-Age=0')],
    ['stands before it by plain http', lines('http://bank.test/x/y', 'a=; Path=/x')],
  ])('C23: leaves out what another one %s', (_, entry) => {
    expect(fromHar({ log: { entries: [login, entry] } })).toMatchObject([
      { name: '__Host-sid', value: 'own', domain: 'bank.test', hostOnly: true },
      { name: 'a', value: 'own', domain: 'bank.test', hostOnly: true },
    ]);
  });

  it('C23: gives no host below it a cookie of its own name alone', async () => {
    const entries = [
      login,
      lines('https://evil.bank.test/', 'a=evil; Domain=bank.test; Path=/'),
      cookies('https://evil.bank.test/', {
        name: '__Host-sid',
        value: 'evil',
        domain: 'Bank.test',
        path: '/',
        secure: true,
      }),
    ];
    const session = new Session();
    const refused = await session.cookies.import(fromHar({ log: { entries } }));
    expect(refused).toMatchObject([{ rejected: 'prefix-host', record: { value: 'evil' } }]);
    expect(await session.cookies.header('https://bank.test/')).toBe(
      '__Host-sid=own; a=own; a=evil',
    );
    await session.close();
  });

  it('takes entries without a time for ones of now, and wss: for secure', () => {
    const now = Date.now();
    const entries = [
      lines('https://bank.test/', 'a=1; Max-Age=60'),
      { request: { url: 'wss://bank.test/', cookies: [{ name: 'b', value: '2' }] }, response: {} },
    ];
    const [a, b] = fromHar({ log: { entries } });
    expect(a?.expires).toBeGreaterThanOrEqual(now + 60_000);
    expect(b).toMatchObject({ name: 'b', secure: true });
  });
});

describe('what is wrong is named, and its value is not shown', () => {
  const secret = 'hunter2';
  it.each<[string, () => unknown, string]>([
    ['too few fields', () => fromNetscape(`a\tTRUE\t${secret}`), 'line 1 has 3 fields'],
    [
      'a flag',
      () => fromNetscape(`# c\na.b\tyes\t/\tTRUE\t0\tn\t${secret}`),
      'line 2: the second field',
    ],
    ['an end', () => fromNetscape(`a.b\tTRUE\t/\tTRUE\tsoon\tn\t${secret}`), 'the fifth field'],
    ['no text', () => fromNetscape(7 as never), 'takes a text'],
    [
      'a tab within a value',
      () => toNetscape([{ name: 'n', value: `a\t${secret}`, domain: 'a.b' }]),
      'cookie "n"',
    ],
    ['no domain', () => toNetscape([{ name: 'n', value: secret }]), 'domain is missing'],
    ['no name', () => toNetscape([{ name: '', value: secret, domain: 'a.b' }]), 'cookie ""'],
    [
      'a field of a storage state',
      () =>
        fromStorageState({ cookies: [{ name: 'n', value: secret, domain: 'a', expires: 'x' }] }),
      'fromStorageState.cookies[0]: expires must be a number',
    ],
    ['no storage state', () => fromStorageState(undefined as never), 'fromStorageState: must be'],
    [
      'a field of tough-cookie',
      () => fromToughCookie({ cookies: [{ key: 'n', value: secret, creation: 'never' }] }),
      'cookies[0]: creation must be a date',
    ],
    [
      'a URL of an archive',
      () => fromHar({ log: { entries: [{ request: { url: secret.slice(0, 3) }, response: {} }] } }),
      'request.url must be a URL',
    ],
    ['no archive', () => fromHar({} as never), 'fromHar.log: must be an object'],
  ])('%s', (_, task, message) => {
    const error = thrown(task, InvalidRequestError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain(secret);
  });

  it('by import() of a session, too', async () => {
    const session = new Session();
    const bad = { name: 'n', value: secret, domain: 'a.test', secure: 'yes' };
    const [refused] = await session.cookies.import([bad as never]);
    expect(refused?.record).toBe(bad);
    expect(refused?.rejected).toBe('policy');
    expect(refused?.problem).toBe('Cookie "n": secure must be true or false');
    await session.close();
  });

  it("by import() of Playwright's cookies as they are, and says who reads them", async () => {
    const session = new Session();
    const cookie = { name: 'n', value: secret, domain: 'a.test', path: '/', secure: false };
    const given = [
      { ...cookie, expires: 4_102_444_800, sameSite: 'Lax' },
      { ...cookie, expires: 4_102_444_800 },
      { ...cookie, expires: -1 },
    ];
    const refused = await session.cookies.import(given as never);
    expect(refused.map(({ rejected }) => rejected)).toEqual(['policy', 'expired', 'expired']);
    const [sameSite, ...expires] = refused.map(({ problem }) => problem);
    expect(sameSite).toMatch(/^Cookie "n": sameSite must be strict, lax or none; fromStorageState/);
    for (const problem of expires)
      expect(problem).toMatch(/^Cookie "n": expires must be in milliseconds; fromStorageState/);
    expect(await session.cookies.import(fromStorageState({ cookies: given }))).toEqual([]);
    await session.close();
  });
});
