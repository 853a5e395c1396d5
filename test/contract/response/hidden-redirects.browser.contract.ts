import { fetchTransport, UnsupportedError } from 'isosession';
import { expect, test } from 'vitest';
import { inProduction, open, rejection, sites } from '../../support/contract.ts';

test('a redirect that a wrapped fetch hides is named, with the mend', async () => {
  const { a } = sites();
  const wrapped = fetchTransport({ fetch: (input, init) => fetch(input, init) });
  const url = a.url('reply', { status: 302, h: `location:${a.url('echo')}` });
  const error = await rejection(open({ transport: wrapped }).get(url), UnsupportedError);
  expect(error.message).toContain(inProduction ? 'opaqueredirect' : 'managed: true');
  const managed = fetchTransport({ fetch: (input, init) => fetch(input, init), managed: true });
  expect((await open({ transport: managed }).get(url)).redirected).toBe(true);
});
