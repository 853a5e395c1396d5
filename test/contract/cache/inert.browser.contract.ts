import { cache } from 'isosession/middleware';
import { expect, test } from 'vitest';
import { open, sites } from '../../support/contract.ts';

test('over the host’s own fetch, which has a cache, cache() does nothing', async () => {
  const { a } = sites();
  const session = open().use(cache());
  const url = a.url('reply', { text: 'hello', h: 'cache-control:no-store' });
  for (let i = 0; i < 2; i++) {
    const response = await session.get(url);
    expect([await response.text(), response.headers.has('cache-status')]).toEqual(['hello', false]);
  }
  expect(await a.requests()).toHaveLength(2);
});
