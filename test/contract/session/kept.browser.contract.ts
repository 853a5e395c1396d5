import { UnsupportedError } from 'isosession';
import { memoryStore, openSession } from 'isosession/store';
import { expect, test } from 'vitest';
import { reasonOf } from '../../support/contract.ts';

test('a page cannot open a session in a store: its browser keeps the cookies', async () => {
  const error = await reasonOf(openSession({ store: memoryStore(), id: 'ann' }));
  expect(error).toBeInstanceOf(UnsupportedError);
});
