import { SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, reasonOf, sent, sites } from '../../support/contract.ts';

const url = 'http://app.test/';

describe('hooks', () => {
  test('beforeRequest runs once per call, may change headers or answer', async () => {
    const { a } = sites();
    let calls = 0;
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      hooks: {
        beforeRequest: [
          ({ request }) => {
            calls++;
            request.headers.set('x-hook', 'one');
          },
          async ({ request }) => {
            await Promise.resolve();
            if (request.url.searchParams.has('cached')) return new Response('from hook');
            return undefined;
          },
        ],
      },
    });
    await session.get('flaky', { searchParams: { fails: 2 } });
    expect(calls).toBe(1);
    expect((await a.requests()).map((entry) => sent(entry, 'x-hook'))).toEqual([
      'one',
      'one',
      'one',
    ]);
    expect(await session.get('echo?cached').text()).toBe('from hook');
    expect(await a.requests()).toHaveLength(3);
  });

  test('afterResponse runs once per call with the final response and may replace it', async () => {
    const { a } = sites();
    const seen: number[] = [];
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      hooks: {
        afterResponse: [
          ({ response }) => void seen.push(response.status, response.attempts),
          async ({ response }) =>
            new Response(`replaced ${await response.text()}`, { status: 202 }),
          ({ response }) => void seen.push(response.status),
        ],
      },
    });
    const response = await session.get('flaky', { searchParams: { fails: 1 } });
    expect(seen).toEqual([200, 2, 202]);
    expect(SessionResponse.is(response)).toBe(true);
    expect([response.status, await response.text()]).toEqual([202, 'replaced {"request":2}']);
  });

  test("hooks of a child come in addition to its parent's", async () => {
    const order: string[] = [];
    const parent = open({
      transport: inProcess(() => new Response()),
      hooks: { beforeRequest: [() => void order.push('parent')] },
    });
    await parent.extend({ hooks: { beforeRequest: [() => void order.push('child')] } }).get(url);
    expect(order).toEqual(['parent', 'child']);
    order.length = 0;
    await parent.get(url);
    expect(order).toEqual(['parent']);
  });

  test('beforeError runs once, too, when a shortcut cannot read the body', async () => {
    const seen: string[] = [];
    const mine = new RangeError('mine');
    const session = open({
      transport: inProcess(() => new Response('no JSON')),
      hooks: {
        beforeError: [
          ({ error }) => {
            seen.push((error as Error).name);
            return mine;
          },
        ],
      },
    });
    expect(await reasonOf(session.get('http://app.test/').json())).toBe(mine);
    expect(seen).toEqual(['DecodeError']);
    expect(await session.get('http://app.test/').text()).toBe('no JSON');
    expect(seen).toHaveLength(1);
  });

  test('beforeError runs once per call that rejects, and may replace the error', async () => {
    const { a } = sites();
    const seen: unknown[] = [];
    const own = new RangeError('mine');
    const session = open({
      baseUrl: a.base,
      retry: { delay: () => 0 },
      context: { app: 1 },
      hooks: {
        beforeError: [
          ({ error, request, context }) => {
            seen.push([(error as Error).name, request.method, context['app']]);
            return context['replace'] ? own : undefined;
          },
        ],
      },
    });
    await session.get('status/404');
    expect(seen).toEqual([]);
    expect(((await reasonOf(session.get('status/404').json())) as Error).name).toBe('HTTPError');
    expect(await reasonOf(session.get('status/503').json())).toMatchObject({ name: 'HTTPError' });
    expect(await reasonOf(session.get('status/404', { context: { replace: true } }).json())).toBe(
      own,
    );
    expect(await reasonOf(session.get('reset', { retry: 0, context: { replace: true } }))).toBe(
      own,
    );
    expect(seen).toEqual([
      ['HTTPError', 'GET', 1],
      ['HTTPError', 'GET', 1],
      ['HTTPError', 'GET', 1],
      ['NetworkError', 'GET', 1],
    ]);
  });

  test('what a hook throws rejects the call', async () => {
    const reason = new Error('hook');
    for (const name of ['beforeRequest', 'afterResponse'] as const) {
      const session = open({
        transport: inProcess(() => new Response()),
        hooks: {
          [name]: [
            () => {
              throw reason;
            },
          ],
        },
      });
      expect(await reasonOf(session.get(url))).toBe(reason);
    }
  });

  test('hooks are read when the session is made', async () => {
    const hooks = { beforeRequest: [] as (() => void)[] };
    let calls = 0;
    const session = open({ transport: inProcess(() => new Response()), hooks });
    hooks.beforeRequest.push(() => void calls++);
    await session.get(url);
    expect(calls).toBe(0);
  });
});
