import { Session } from 'isosession';
import { type Key, seal, StoreError, unseal } from 'isosession/store';
import { expect, test } from 'vitest';
import { reasonOf } from '../../support/contract.ts';

const keys: [string, () => Key | Promise<Key>][] = [
  ['32 bytes', () => crypto.getRandomValues(new Uint8Array(32))],
  [
    'a CryptoKey',
    () =>
      crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
  ],
  ['a random secret', () => crypto.randomUUID()],
];

test.each(keys)('a snapshot that %s has sealed opens to the same', async (_, makeKey) => {
  const session = new Session({ baseUrl: 'https://app.test/', headers: { 'x-a': 's3cret' } });
  const [key, snapshot] = [await makeKey(), await session.snapshot()];
  const text = await seal(snapshot, key);
  expect(text).not.toContain('s3cret');
  expect(await unseal(text, [await makeKey(), key])).toEqual(snapshot);
  const restored = Session.restore(await unseal(text, key));
  expect(restored.headers.get('x-a')).toBe('s3cret');
  // Four characters of base64url are three whole bytes.
  const ciphertext = text.lastIndexOf('.') + 1;
  const shorter = text.slice(0, ciphertext + 32);
  for (const [bad, reason] of [
    [text.replace('.1.', '.2.'), 'version'],
    [shorter, 'key'],
    ['{}', 'corrupt'],
  ] as const) {
    const error = await reasonOf(unseal(bad, key));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'ERR_STORE', reason });
  }
  await Promise.all([session.close(), restored.close()]);
});
