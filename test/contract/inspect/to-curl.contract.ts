import { toCurl } from 'isosession/inspect';
import { describe, expect, test } from 'vitest';
import { open, sites } from '../../support/contract.ts';

describe('a command for curl', () => {
  test('has method, URL, headers and body, and no secret', async () => {
    const { a } = sites();
    const session = open();
    const response = await session.put(a.url('echo', { page: 1, token: 'canary' }), {
      headers: { accept: 'text/plain', 'x-api': 'canary' },
      json: { name: "it's", password: 'canary' },
    });
    const command = toCurl(response);
    expect(command).toContain('--request PUT');
    expect(command).toContain("--header 'accept: text/plain'");
    expect(command).toContain('page=1');
    expect(command).toContain(`{"name":"it'\\''s","password":"[redacted]"}`);
    expect(command).not.toContain('canary');
    expect(toCurl(response, { secrets: true }).match(/canary/g)).toHaveLength(3);
  });
});
