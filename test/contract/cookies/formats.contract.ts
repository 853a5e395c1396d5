import { type CookieRecord, InvalidRequestError } from 'isosession';
import {
  fromHar,
  fromNetscape,
  fromStorageState,
  fromToughCookie,
  toNetscape,
  toStorageState,
  toToughCookie,
} from 'isosession/cookies';
import { expect, test } from 'vitest';
import { thrown } from '../../support/contract.ts';

const cookie: CookieRecord = {
  name: 'sid',
  value: '€ "1"',
  domain: 'app.test',
  path: '/a',
  expires: 4_000_000_000_000,
  secure: true,
  sameSite: 'none',
  httpOnly: true,
  hostOnly: false,
  partitioned: true,
  partitionKey: 'https://top.test',
};

test('cookies go through the formats of other programs and come back', () => {
  expect(fromStorageState(toStorageState([cookie]))).toEqual([cookie]);
  expect(fromToughCookie(toToughCookie([cookie]))).toEqual([cookie]);
  const { sameSite, partitioned: _, partitionKey: __, ...plain } = cookie;
  expect(fromNetscape(toNetscape([cookie]))).toEqual([plain]);
  const response = {
    headers: [
      { name: 'set-cookie', value: 'sid=1; Path=/a; Domain=app.test; Secure; SameSite=None' },
    ],
  };
  const request = { url: 'https://app.test/a/b', headers: [] };
  expect(fromHar({ log: { entries: [{ request, response }] } })).toMatchObject([
    { name: 'sid', value: '1', domain: 'app.test', path: '/a', secure: true, sameSite },
  ]);
});

test('C23: an archive gives no host the cookies that another one has set', () => {
  const entry = (url: string, value: string) => ({
    request: { url },
    response: { headers: [{ name: 'set-cookie', value }] },
  });
  const entries = [
    entry('https://bank.test/', 'sid=own; Path=/; Secure'),
    entry('https://evil.test/', 'sid=canary; Path=/; Domain=bank.test; Secure'),
    entry('http://bank.test/', 'sid=canary; Path=/'),
  ];
  const found = fromHar({ log: { entries } });
  expect(found).toMatchObject([{ name: 'sid', value: 'own', domain: 'bank.test' }]);
});

test('a record that is wrong is named with its field', () => {
  const { message } = thrown(
    () => fromStorageState({ cookies: [{ name: 'sid', value: 7 }] }),
    InvalidRequestError,
  );
  expect(message).toMatch(/value/);
  thrown(() => fromNetscape('app.test\tFALSE'), InvalidRequestError);
});
