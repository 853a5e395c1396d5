import { csrf } from 'isosession';
import { setCookieHeaders } from 'isosession/ssr';
import { memoryStore, openSession, type StoredSession } from 'isosession/store';
import { expect, onTestFinished, test } from 'vitest';
import { open, rejection, sent, sites } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

async function openKept(store = memoryStore()): Promise<StoredSession> {
  const kept = await openSession({ store, id: 'ann' });
  onTestFinished(() => kept.destroy());
  return kept;
}

test('what a store keeps for a visitor is sent to a backend, changed by it and saved', async () => {
  const { a } = sites();
  const store = memoryStore();
  const api = open({ baseUrl: a.base });
  {
    await using kept = await openKept(store);
    const options = { to: [a.origin], forwardCookies: [], cookies: kept.cookies };
    const session = openForVisitor(api, { cookie: 'visit=1' }, options);
    await session.get('cookies/set', {
      searchParams: { line: ['sid=1; Path=/; HttpOnly', 'old=1; Path=/'] },
    });
  }
  {
    await using kept = await openKept(store);
    const options = { to: [a.origin], forwardCookies: [], cookies: kept.cookies };
    const session = openForVisitor(api, { cookie: 'visit=1' }, options);
    expect(await session.get('cookies').json()).toEqual({ cookie: 'sid=1; old=1' });
    await session.get('cookies/set', {
      searchParams: { line: ['sid=2; Path=/', 'old=; Path=/; Max-Age=0'] },
    });
    expect(setCookieHeaders(session)).toHaveLength(2);
  }
  const kept = await openKept(store);
  expect(await kept.cookies.header(a.base)).toBe('sid=2');
  expect(await api.cookies.export()).toEqual([]);
});

test('what the visitor has sent takes the place of what is kept under its name', async () => {
  const { a } = sites();
  const kept = await openKept();
  await kept.cookies.set('sid=kept', a.base);
  const session = openForVisitor(
    open({ baseUrl: a.base }),
    { cookie: 'sid=sent' },
    { to: [a.origin], cookies: kept.cookies },
  );
  expect(await session.get('cookies').json()).toEqual({ cookie: 'sid=sent' });
});

test('what is kept goes to no backend by way of a third party, and csrf() finds it', async () => {
  const { a, b } = sites();
  const kept = await openKept();
  await kept.cookies.set('sid=1', a.base);
  await kept.cookies.set('XSRF-TOKEN=t', a.base);
  const session = openForVisitor(
    open({ baseUrl: a.base }).use(csrf()),
    {},
    { to: [a.origin], cookies: kept.cookies },
  );
  await session.get(b.url('redirect', { to: a.url('cookies') }));
  await session.post('echo');
  const [led, posted] = await a.requests();
  expect(led && sent(led, 'cookie')).toBeUndefined();
  expect(posted && sent(posted, 'x-xsrf-token')).toBe('t');
});

test('a visitor who goes away ends the calls, and leaves what is kept open', async () => {
  const { a } = sites();
  const kept = await openKept();
  const controller = new AbortController();
  const session = openForVisitor(
    open({ baseUrl: a.base }),
    {},
    { to: [a.origin], cookies: kept.cookies },
    { signal: controller.signal },
  );
  controller.abort();
  await rejection(session.get('cookies'), Error);
  await kept.cookies.set('sid=1', a.base);
  await kept.save();
  expect(await kept.cookies.header(a.base)).toBe('sid=1');
});
