import { createHash } from 'node:crypto';
import { NetworkError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { type Answering, answeringOverHttp2 } from './answering.ts';

/** Its SHA-256 has `+` and `/` in base64, and padding. */
const text = 'content 6';
const digest = (algorithm: string) => createHash(algorithm).update(text).digest('base64');
const sha256 = `sha256-${digest('sha256')}`;
const sha384 = `sha384-${digest('sha384')}`;

describe.each<[name: string, serve: () => Promise<Answering>]>([
  [
    'HTTP/1.1',
    async () => ({
      session: open({ retry: 0 }),
      origin: (await rawServer(always(answer(text)))).origin,
    }),
  ],
  ['HTTP/2', () => answeringOverHttp2(text)],
])('I13: integrity over %s', (_, serve) => {
  test.each([
    ['base64', sha256],
    ['base64 without its padding', sha256.replace(/=+$/, '')],
    ['base64url', `sha256-${createHash('sha256').update(text).digest('base64url')}`],
    ['an algorithm in capitals', sha256.replace('sha', 'SHA')],
    ['options behind it', `${sha256}?ct=text/plain`],
    ['a malformed one of the same algorithm beside it', `sha256-ä ${sha256} sha256-`],
    ['a wrong one of a weaker algorithm beside it', `sha256-${digest('sha384')} ${sha384}`],
    ['an unknown algorithm beside it', `sha9-x ${sha256}`],
    ['nothing but unknown algorithms', 'md5-x sha2560-x'],
    ['nothing', ' '],
  ])('reads what matches: %s', async (_name, integrity) => {
    const { session, origin } = await serve();
    expect(await session.get(origin, { integrity }).text()).toBe(text);
  });

  test.each([
    ['another digest', `sha256-${digest('sha384')}`],
    ['no digest', 'sha256-'],
    ['no digest and no hyphen', 'sha256'],
    ['a digest that is no base64', 'sha256-ä'],
    ['a malformed one of a stronger algorithm', `sha512-ä ${sha256}`],
    ['an empty one of a stronger algorithm', `${sha256} sha384-`],
    ['too much padding', `${sha256}==`],
    ['a word behind it', `${sha256}x`],
  ])('refuses what does not: %s', async (_name, integrity) => {
    const { session, origin } = await serve();
    const error = await rejection(session.get(origin, { integrity }), NetworkError);
    expect(error.message).toBe(`GET ${origin}/: The body does not match its integrity`);
  });
});

test('an answer without a body does not pass for what was asked for by its digest', async () => {
  const { origin } = await rawServer(always('HTTP/1.1 204 No Content\r\n\r\n'));
  await rejection(open({ retry: 0 }).get(origin, { integrity: sha256 }), NetworkError);
});
