import { memoryStore, openSession, sealedStore } from 'isosession/store';
import { describe, expect, test } from 'vitest';
import { sites } from '../../support/contract.ts';

const stores = {
  memoryStore: () => memoryStore(),
  'sealedStore over it': () =>
    sealedStore(memoryStore(), crypto.getRandomValues(new Uint8Array(32))),
};

describe.each(Object.entries(stores))('a session in %s', (_, makeStore) => {
  test('is opened again with its cookies, those of two who save at once merged', async () => {
    const [store, { a }] = [makeStore(), sites()];
    await Promise.all(
      ['one', 'two'].map(async (name) => {
        await using session = await openSession({ store, id: 'ann', baseUrl: a.base });
        await session.get('cookies/set', { searchParams: { line: `${name}=1; Path=/` } });
      }),
    );
    await using session = await openSession({ store, id: 'ann', baseUrl: a.base });
    const { cookie } = await session.get('cookies').json<{ cookie: string }>();
    expect(cookie.split('; ').sort()).toEqual(['one=1', 'two=1']);
  });
});
