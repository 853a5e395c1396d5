import { InvalidRequestError, Session, type SessionSnapshot } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inBrowser, inProcess, open, sent, sites, thrown } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

const url = 'http://app.test/';

describe('snapshot and restore', () => {
  test('a snapshot survives JSON and structuredClone, and restores the session', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      headers: { 'x-a': '1' },
      searchParams: [
        ['q', 1],
        ['q', 2],
      ],
      timeout: { total: 5000 },
      retry: { limit: 5 },
    });
    await session.post('login', { form: { user: 'ann', password: 'open sesame' } });
    const snapshot = await session.snapshot();
    expect(snapshot.version).toBe(1);
    expect(structuredClone(snapshot)).toEqual(snapshot);
    const back = Session.restore(JSON.parse(JSON.stringify(snapshot)) as SessionSnapshot);
    expect(back.baseUrl?.toString()).toBe(a.base);
    expect(back.timeout).toMatchObject({ total: 5000 });
    expect(back.retry).toMatchObject({ limit: 5 });
    const echo = await back.get('echo').json<JournalEntry>();
    expect([sent(echo, 'x-a'), echo.search]).toEqual(['1', '?q=1&q=2']);
    expect(await back.get('me').json()).toEqual({ user: 'ann' });
    expect(snapshot.cookies).toHaveLength(inBrowser ? 0 : 1);
    await back.close();
  });

  test('infinite times and functions do not get lost in JSON unnoticed', async () => {
    const session = open({ timeout: false, retry: { limit: 3, delay: () => 5 } });
    const snapshot = JSON.parse(JSON.stringify(await session.snapshot())) as SessionSnapshot;
    const back = Session.restore(snapshot, { retry: { delay: () => 7 } });
    expect(back.timeout).toMatchObject({ connect: false, response: false, body: false });
    expect(back.retry.limit).toBe(3);
    expect(back.retry.delay?.(1)).toBe(7);
    await back.close();
  });

  test('no limit stays no limit, and a default body timeout is not in it', async () => {
    const session = open({
      timeout: { total: Infinity },
      retry: { limit: Infinity, backoffLimit: Infinity },
    });
    const snapshot = JSON.parse(JSON.stringify(await session.snapshot())) as SessionSnapshot;
    expect(snapshot.timeout).not.toHaveProperty('body');
    const back = Session.restore(snapshot);
    expect(
      Math.min(
        back.timeout.total as number,
        back.retry.limit as number,
        back.retry.backoffLimit as number,
      ),
    ).toBe(Number.MAX_VALUE);
    expect(back.timeout.body).toBe(30_000);
    expect((await open({ timeout: { body: 30_000 } }).snapshot()).timeout).toHaveProperty(
      'body',
      30_000,
    );
    await back.close();
  });

  test('an infinite limit is a number in JSON, and no less when it comes back', async () => {
    const session = open({
      timeout: { total: Infinity },
      retry: { limit: Infinity, maxRetryAfter: Infinity, backoffLimit: Infinity },
    });
    const snapshot = await session.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    const back = Session.restore(snapshot);
    const { limit, maxRetryAfter, backoffLimit } = back.retry;
    for (const value of [limit, maxRetryAfter, backoffLimit, back.timeout.total])
      expect(value).toBeGreaterThanOrEqual(Number.MAX_VALUE);
    await back.close();
  });

  test('a user-agent that was chosen is in it, and that of this version is not', async () => {
    const transport = inProcess(() => new Response());
    for (const headers of [{ 'user-agent': 'mine/1' }, undefined]) {
      const snapshot = await open({ headers }).snapshot();
      expect(new Map(snapshot.headers).get('user-agent')).toBe(headers?.['user-agent']);
      const back = Session.restore(snapshot, { transport });
      expect(back.headers.get('user-agent')).toBe(open({ headers }).headers.get('user-agent'));
      await back.close();
    }
  });

  test('a default header that was taken away does not come back', async () => {
    const transport = inProcess(() => new Response());
    const snapshot = await open({ headers: { accept: null, 'user-agent': null } }).snapshot();
    const back = Session.restore(JSON.parse(JSON.stringify(snapshot)) as SessionSnapshot, {
      transport,
    });
    expect([back.headers.has('accept'), back.headers.has('user-agent')]).toEqual([false, false]);
    await back.close();
  });

  test('options of restore go over the snapshot', async () => {
    const snapshot = await open({ baseUrl: url, headers: { 'x-a': '1', 'x-b': '1' } }).snapshot();
    const transport = inProcess(() => new Response());
    const back = Session.restore(snapshot, { headers: { 'x-b': '2' }, transport });
    await back.get('');
    expect([transport.seen[0]?.headers.get('x-a'), transport.seen[0]?.headers.get('x-b')]).toEqual([
      '1',
      '2',
    ]);
    await back.close();
  });

  test.each([null, 5, 'x', {}, { version: 2 }, { version: 1 }, { version: 1, headers: 5 }])(
    'restore refuses %j at once',
    (snapshot) => {
      thrown(() => Session.restore(snapshot as never), InvalidRequestError);
    },
  );

  test('a snapshot with __proto__ changes no prototype', async () => {
    const snapshot = JSON.stringify(await open({ baseUrl: url }).snapshot());
    const evil = JSON.parse(
      snapshot.replace('{', '{"__proto__":{"polluted":1},'),
    ) as SessionSnapshot;
    try {
      await Session.restore(evil).close();
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidRequestError);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
