import { UnsupportedError } from 'isosession';
import { digest } from 'isosession/auth';
import { expect, test } from 'vitest';
import { thrown } from '../../support/contract.ts';

test('digest is refused in a browser, which lacks the hashes', () => {
  expect(thrown(() => digest('user', 'password'), UnsupportedError).message).toContain(
    'node:crypto',
  );
});
