/** What relative URLs resolve against in a page. */
import { csrf } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

/** Gives the page a `<base>`, until the test ends. */
function setBase(href: string): void {
  const base = Object.assign(document.createElement('base'), { href });
  document.head.prepend(base);
  onTestFinished(() => base.remove());
}

const answers = () => inProcess(() => new Response());
const seenBy = (transport: ReturnType<typeof answers>) => transport.seen.map(({ url }) => url.href);

test("a relative input resolves against the document's base", async () => {
  setBase('/app/');
  const transport = answers();
  const session = open({ transport });
  await session.get('api/x');
  expect(seenBy(transport)).toEqual([`${location.origin}/app/api/x`]);
});

test('a relative baseUrl resolves against the base that the page has at a call', async () => {
  const transport = answers();
  const session = open({ transport, baseUrl: 'api' });
  setBase('/one/');
  await session.get('x');
  setBase('https://elsewhere.test/');
  await session.get('x');
  expect(seenBy(transport)).toEqual([
    `${location.origin}/one/api/x`,
    'https://elsewhere.test/api/x',
  ]);
});

test('credentials go along to where baseUrl is resolved, and nowhere else', async () => {
  const transport = answers();
  const session = open({ transport, baseUrl: '/api/', headers: { 'x-key': 'secret' } });
  await session.get('x');
  setBase('https://elsewhere.test/');
  await session.get(`${location.origin}/api/x`);
  await session.get('x');
  expect(transport.seen.map(({ headers }) => headers.get('x-key'))).toEqual([
    'secret',
    null,
    'secret',
  ]);
});

describe("a base of another origin does not change the page's own", () => {
  test('for csrf()', async () => {
    setBase('https://elsewhere.test/');
    document.cookie = 'XSRF-TOKEN=token';
    onTestFinished(() => void (document.cookie = 'XSRF-TOKEN=;max-age=0'));
    const transport = answers();
    const session = open({ transport }).use(csrf());
    await session.post('x');
    await session.post(`${location.origin}/x`);
    expect(transport.seen.map(({ headers }) => headers.get('x-xsrf-token'))).toEqual([
      null,
      'token',
    ]);
  });

  test('for cookies', async () => {
    setBase('https://elsewhere.test/');
    document.cookie = 'own=1';
    onTestFinished(() => void (document.cookie = 'own=;max-age=0'));
    expect(await open().cookies.get('own')).toMatchObject({ value: '1' });
  });
});
