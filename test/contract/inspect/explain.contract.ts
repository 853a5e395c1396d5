import { bearer } from 'isosession';
import { explain } from 'isosession/inspect';
import { describe, expect, test } from 'vitest';
import { inBrowser, inNode, open, sites } from '../../support/contract.ts';

describe('an explanation', () => {
  test('L30: says where each part comes from, and sends nothing', async () => {
    const { a } = sites();
    let asked = 0;
    const session = open({
      baseUrl: a.base,
      auth: async (request, next) => {
        asked++;
        return next(request);
      },
      headers: { 'x-of-session': 'canary', 'accept-language': 'de', 'x-removed': '1' },
      searchParams: { tenant: 'canary' },
      timeout: { response: 5000 },
      hooks: { beforeRequest: [() => void asked++] },
    });
    session.use((request, next) => next(request));
    if (!inBrowser) await session.cookies.set('kept=canary', a.origin);
    const explained = await explain(session, 'items?page=1', {
      method: 'PUT',
      json: { a: 1 },
      headers: { 'x-of-call': 'canary', 'x-removed': null },
      searchParams: { token: 'canary' },
      ...(!inBrowser && { cookies: { own: 'canary' } }),
      timeout: { total: 9000 },
      retry: 1,
    });

    expect([asked, await a.requests()]).toEqual([0, []]);
    expect(explained).toMatchObject({
      method: 'PUT',
      inScope: true,
      body: 'json',
      auth: 'session',
      leftOut: [],
      decidedLater: ['auth', "1 middleware around 'call'", 'hooks.beforeRequest'],
    });
    const from = (list: readonly { name: string; from: string }[]): Record<string, string> =>
      Object.fromEntries(list.map((one) => [one.name, one.from]));
    expect(from(explained.headers)).toMatchObject({
      'x-of-session': 'session',
      'accept-language': 'session',
      'x-of-call': 'call',
      'content-type': 'body',
      ...(!inBrowser && { accept: 'default' }),
    });
    expect(from(explained.headers)).not.toHaveProperty('x-removed');
    expect(from(explained.searchParams)).toEqual({ page: 'url', token: 'call', tenant: 'session' });
    expect(from(explained.cookies)).toEqual(inBrowser ? {} : { kept: 'jar', own: 'call' });
    expect(from(explained.timeout)).toMatchObject({
      total: 'call',
      response: 'session',
      connect: 'default',
    });
    expect(from(explained.retry)).toMatchObject({ limit: 'call', methods: 'default' });

    for (const text of [String(explained), JSON.stringify(explained)])
      expect(text).not.toContain('canary');
    expect(String(explained)).toMatch(/^ {4}x-of-call: \[redacted\] +call$/m);
    expect(JSON.parse(JSON.stringify(explained))).toMatchObject({ method: 'PUT', body: 'json' });
  });

  test('names what may not go to another origin', async () => {
    const { a, b } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('canary'),
      headers: { 'x-secret': 'canary', 'accept-language': 'de' },
      searchParams: { tenant: 'canary' },
    });
    const explained = await explain(session, b.url('echo'));
    expect(explained.inScope).toBe(false);
    expect(explained.leftOut).toContain('x-secret');
    expect(explained.auth).toBeUndefined();
    expect(explained.searchParams).toEqual([]);
    expect(JSON.stringify(explained)).not.toContain('canary');
  });

  test('says which proxy, TLS settings and transport are meant', async () => {
    const { a } = sites();
    const transport = { send: async () => new Response() };
    const session = open({ transport });
    expect((await explain(session, a.url('echo'))).transport).toBe('session');
    session.mount(a.origin, transport);
    expect((await explain(session, a.url('echo'))).transport).toContain('mount');
    if (!inNode) return;
    const explained = await explain(session, a.url('echo'), {
      proxy: 'http://ann:canary@proxy.test',
      tls: { verify: false },
    });
    expect(explained.proxy?.from).toBe('call');
    expect(explained.tls).toMatchObject({ from: 'call', value: { verify: false } });
    expect(`${String(explained)}${JSON.stringify(explained)}`).not.toContain('canary');
    expect(String(explained)).toContain('proxy.test');
  });

  test('rejects as the call would', async () => {
    const session = open();
    await expect(explain(session, 'http://', {})).rejects.toMatchObject({
      code: 'ERR_INVALID_REQUEST',
    });
  });
});
