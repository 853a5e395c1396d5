/** Whose cookies a browser is asked to send. */
import { describe, expect, test } from 'vitest';
import { inProcess, open } from '../../support/contract.ts';

const page = new URL(location.origin);

/** The `credentials` that a call of a session without any of its own goes out with. */
async function credentialsTo(
  baseUrl: string,
  origins: string[] = [],
  input = '',
): Promise<unknown> {
  const transport = inProcess(() => new Response());
  await open({ baseUrl, origins, transport }).get(input);
  return transport.seen[0]?.init.credentials;
}

describe('credentials are included by default', () => {
  test("for the page's own host at any port", async () => {
    expect(await credentialsTo(`${page.protocol}//${page.hostname}:1/`)).toBe('include');
  });

  test('and for no other site, whatever the session names', async () => {
    const other = 'http://api.example.com/';
    expect(await credentialsTo(other)).toBeUndefined();
    expect(await credentialsTo(`https://${page.host}/`)).toBeUndefined();
    expect(await credentialsTo(page.origin, [other], other)).toBeUndefined();
  });
});
