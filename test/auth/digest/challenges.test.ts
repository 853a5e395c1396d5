import { digest } from 'isosession/auth';
import { expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import { type Challenged, parametersOf, startDigestServer } from './server.ts';

const bases = ['MD5', 'SHA-256', 'SHA-512-256'];
const algorithms = [...bases, ...bases.map((name) => `${name}-sess`)];

/** What is challenged with, the call, and what the answer must have. */
const table: [title: string, rule: Challenged, answer?: Record<string, string>][] = [
  ...algorithms.flatMap((algorithm): [string, Challenged, Record<string, string>][] => [
    [`${algorithm}, auth`, { algorithms: [algorithm], qop: 'auth' }, { algorithm, qop: 'auth' }],
    [
      `${algorithm}, auth-int`,
      { algorithms: [algorithm], qop: 'auth-int' },
      { algorithm, qop: 'auth-int' },
    ],
    [
      `${algorithm}, userhash`,
      { algorithms: [algorithm], qop: 'auth', userhash: true },
      { algorithm, userhash: 'true' },
    ],
    [
      `${algorithm}, a name in UTF-8`,
      { algorithms: [algorithm], qop: 'auth', charset: 'UTF-8', user: 'Jäsøn Doe', password: 'ß€' },
      { 'username*': "UTF-8''J%C3%A4s%C3%B8n%20Doe" },
    ],
  ]),
  ['no algorithm', { algorithms: [''], qop: 'auth' }],
  ['no algorithm and no qop (RFC 2069)', { algorithms: [''] }],
  ...bases.map((name): [string, Challenged] => [`${name} without qop`, { algorithms: [name] }]),
  ['an algorithm in lower case', { algorithms: ['sha-256'], qop: 'auth' }],
  ['auth before auth-int', { qop: 'auth,auth-int' }, { qop: 'auth' }],
  ['auth after auth-int', { qop: 'auth-int, auth' }, { qop: 'auth' }],
  ['auth after something new', { qop: 'new,auth' }, { qop: 'auth' }],
  ['opaque', { qop: 'auth', opaque: 'abc==' }, { opaque: 'abc==' }],
  ['an empty opaque', { qop: 'auth', opaque: '' }, { opaque: '' }],
  ['a realm with quotes, commas and equals signs', { qop: 'auth', realm: 'a "b", c=\\d' }],
  ['an empty realm', { qop: 'auth', realm: '' }],
  ['a name with quotes', { qop: 'auth', user: 'a"b\\c', password: '"' }],
  ['a name and password that are empty', { qop: 'auth', user: '', password: '' }],
  ['a password with a colon', { qop: 'auth', password: 'a:b' }],
  ['UTF-8 that the server does not name', { qop: 'auth', user: 'Jäsøn', password: 'pä' }],
  [
    'a name that is not in normal form C',
    { qop: 'auth', charset: 'UTF-8', user: 'Ja\u0308son', password: 'pa\u0308' },
  ],
  [
    'userhash of a name in UTF-8',
    { algorithms: ['SHA-512-256'], qop: 'auth', charset: 'UTF-8', userhash: true, user: 'Jäsøn' },
  ],
  [
    'the strongest of three, the weakest first',
    { algorithms: bases, qop: 'auth' },
    { algorithm: 'SHA-512-256' },
  ],
  [
    'the strongest of three, the strongest first, each on its line',
    { algorithms: [...bases].reverse(), qop: 'auth', lines: true },
    { algorithm: 'SHA-512-256' },
  ],
  ['SHA-256 before MD5', { algorithms: ['SHA-256', 'MD5'], qop: 'auth' }, { algorithm: 'SHA-256' }],
  [
    'what is known of what is new',
    { algorithms: ['SHA3-512', 'MD5'], qop: 'auth' },
    { algorithm: 'MD5' },
  ],
  ['Basic before it', { qop: 'auth', before: 'Basic realm="a, Digest b", charset="UTF-8"' }],
  [
    'Negotiate with a token68 before it',
    { qop: 'auth', before: 'Negotiate YWJj==, NTLM', lines: true },
  ],
];

test('has at least 44 challenges', () => {
  expect(table.length).toBeGreaterThanOrEqual(44);
});

test.each(table)(
  '%s is answered rightly, with and without a body',
  async (_title, rule, answer) => {
    const { user = 'u', password = 'p' } = rule;
    const { origin, seen } = await startDigestServer({ '/': rule });
    const session = open({ baseUrl: origin, auth: digest(user, password) });
    const first = await session.get('a/b?c=%22d%22,e');
    expect([first.status, await first.text()]).toEqual([200, expect.any(String)]);
    const second = await session.post('a/b', { form: { x: ['ä', '1'] } });
    expect([second.status, seen.map(({ status }) => status)]).toEqual([200, [401, 200, 200]]);
    expect(parametersOf(seen[1]?.authorization)).toMatchObject(answer ?? {});
  },
);
