import { UnsupportedError } from 'isosession';
import { expect, test } from 'vitest';
import { open, thrown } from '../../support/contract.ts';

test('a browser has a memory of its own, which is not to be had without', async () => {
  expect(thrown(() => open({ hsts: false }), UnsupportedError)).toBeDefined();
  expect(await open({ hsts: true }).snapshot()).not.toHaveProperty('hsts');
});
