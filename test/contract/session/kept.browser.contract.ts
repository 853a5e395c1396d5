import { UnsupportedError } from 'isosession';
import { memoryStore, openSession } from 'isosession/store';
import { expect, test, vi } from 'vitest';
import { reasonOf } from '../../support/contract.ts';

test('a page cannot open a session in a store: its browser keeps the cookies', async () => {
  const store = memoryStore();
  const load = vi.spyOn(store, 'load');
  expect(await reasonOf(openSession({ store, id: 'ann' }))).toBeInstanceOf(UnsupportedError);
  expect(load).not.toHaveBeenCalled();
});
