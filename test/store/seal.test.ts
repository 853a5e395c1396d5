import { randomBytes, webcrypto } from 'node:crypto';
import { InvalidRequestError, Session, type SessionSnapshot } from 'isosession';
import { type Key, memoryStore, seal, sealedStore, StoreError, unseal } from 'isosession/store';
import { describe, expect, it } from 'vitest';
import { reasonOf, thrown } from '../support/contract.ts';
import { keptIn, openKept, receive } from './kept-session.ts';

const base64Url = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const bytes = (): Uint8Array => new Uint8Array(randomBytes(32));
const secret = (): string => randomBytes(24).toString('base64url');
const aes = (length: number) =>
  webcrypto.subtle.generateKey({ name: 'AES-GCM', length }, false, ['encrypt', 'decrypt']);

async function takeSnapshot(): Promise<SessionSnapshot> {
  const session = new Session({ baseUrl: 'https://app.test/' });
  await session.cookies.set('sid=s3cret; HttpOnly');
  const snapshot = await session.snapshot();
  await session.close();
  return snapshot;
}

describe('seal', () => {
  it.each<[string, () => Key | Promise<Key>]>([
    ['32 bytes', bytes],
    ['a CryptoKey', () => aes(256)],
    ['a random secret', secret],
  ])('by %s gives text that opens to the same, and another one each time', async (_, makeKey) => {
    const [key, snapshot] = [await makeKey(), await takeSnapshot()];
    const texts = [await seal(snapshot, key), await seal(snapshot, key)];
    expect(texts[0]).not.toBe(texts[1]);
    for (const text of texts) {
      expect(text).toMatch(/^isosession\.1\.[\w-]*\.[\w-]{16}\.[\w-]+$/);
      expect(await unseal(text, key)).toEqual(snapshot);
    }
    expect(await reasonOf(unseal(texts[0] as string, await makeKey()))).toMatchObject({
      name: 'StoreError',
      code: 'ERR_STORE',
      reason: 'key',
    });
  });

  it('opens by whichever key of a list has sealed, of whatever kind', async () => {
    const keys: Key[] = [bytes(), secret(), await aes(256), secret(), bytes()];
    const snapshot = await takeSnapshot();
    for (const key of keys) expect(await unseal(await seal(snapshot, key), keys)).toEqual(snapshot);
  });

  it('S20: is not fooled by any change of one character, nor by any shortening', async () => {
    const key = secret();
    const text = await seal(await takeSnapshot(), key);
    const changed = Array.from({ length: text.length }, (_, i) => {
      const other = text[i] === 'A' ? 'B' : 'A';
      return text.slice(0, i) + other + text.slice(i + 1);
    });
    // A last character may hold bits that mean nothing: other ones there are no other bytes.
    changed.push(
      ...[...base64Url]
        .filter((last) => !text.endsWith(last))
        .map((last) => text.slice(0, -1) + last),
    );
    const cut = Array.from({ length: text.length }, (_, i) => text.slice(0, i));
    const errors = await Promise.all([...changed, ...cut].map((bad) => reasonOf(unseal(bad, key))));
    for (const error of errors) {
      expect(error).toBeInstanceOf(StoreError);
      expect(['key', 'corrupt']).toContain((error as StoreError).reason);
    }
  });

  it('tells a later version, and what was never sealed', async () => {
    const key = bytes();
    const text = await seal(await takeSnapshot(), key);
    const later = text.replace('isosession.1.', 'isosession.2.');
    expect(await reasonOf(unseal(later, key))).toMatchObject({ reason: 'version' });
    for (const other of ['', 'hello', 'isosession.1.', '{}', 7 as never])
      expect(await reasonOf(unseal(other, key))).toMatchObject({ reason: 'corrupt' });
  });

  it('takes no promise of a snapshot, nor anything else that is none', async () => {
    for (const other of [takeSnapshot(), undefined, null, {}, 'text'])
      expect(await reasonOf(seal(other as never, bytes()))).toBeInstanceOf(InvalidRequestError);
  });

  it('takes no key that could be guessed', async () => {
    const snapshot = await takeSnapshot();
    const bad = [
      'correct horse battery staple',
      '',
      bytes().slice(1),
      7,
      undefined,
      await aes(128),
    ];
    for (const key of bad) {
      const error = await reasonOf(seal(snapshot, key as Key));
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect((error as Error).message).not.toContain('horse');
    }
    expect(await reasonOf(unseal('x', []))).toBeInstanceOf(InvalidRequestError);
  });
});

describe('a CryptoKey', () => {
  const made = (...usages: KeyUsage[]) =>
    webcrypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages);

  it('is refused by name for what it may not be used for', async () => {
    const [sealing, opening] = [await made('encrypt'), await made('decrypt')];
    const text = await seal(await takeSnapshot(), sealing);
    expect(await reasonOf(unseal(text, opening))).toMatchObject({ reason: 'key' });
    const errors = [
      await reasonOf(seal(await takeSnapshot(), opening)),
      await reasonOf(unseal(text, sealing)),
      thrown(() => sealedStore(memoryStore(), sealing), InvalidRequestError),
      thrown(() => sealedStore(memoryStore(), opening), InvalidRequestError),
    ];
    for (const error of errors) expect(error).toBeInstanceOf(InvalidRequestError);
    expect(errors.map((error) => (error as Error).message)).toEqual(
      ['encrypt', 'decrypt', 'decrypt', 'encrypt'].map(
        (usage) => `A CryptoKey must have ${usage} among its usages`,
      ),
    );
    // One that was used before need only open.
    sealedStore(memoryStore(), [bytes(), opening]);
  });
});

describe('sealedStore', () => {
  it('keeps what only the key opens, and lets the key be changed', async () => {
    const [inner, before, now] = [memoryStore(), secret(), bytes()];
    const session = await openKept({ store: sealedStore(inner, before) });
    await receive(session, 'sid=s3cret');
    await session.close();
    expect((await inner.load('ann'))?.data).not.toContain('sid');
    expect(await keptIn(sealedStore(inner, [now, before]))).toEqual(['sid=s3cret']);
    const again = await openKept({ store: sealedStore(inner, [now, before]) });
    await receive(again, 'more=1');
    await again.close();
    expect(await keptIn(sealedStore(inner, now))).toEqual(['more=1', 'sid=s3cret']);
    expect(await reasonOf(openKept({ store: sealedStore(inner, before) }))).toMatchObject({
      reason: 'key',
    });
  });

  it('S20: does not give the session of one to another', async () => {
    const [inner, key] = [memoryStore(), bytes()];
    const store = sealedStore(inner, key);
    const session = await openKept({ store });
    await receive(session, 'sid=1');
    await session.close();
    const { data = '' } = (await inner.load('ann')) ?? {};
    await inner.save('eve', data, { expected: undefined });
    expect(await reasonOf(openKept({ store, id: 'eve' }))).toMatchObject({ reason: 'key' });
  });

  it('refuses a short secret at once', () => {
    thrown(() => sealedStore(memoryStore(), ['x'.repeat(32), 'short']), InvalidRequestError);
  });
});
