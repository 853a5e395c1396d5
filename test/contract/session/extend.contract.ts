import { basic, Session, SessionClosedError, type SessionOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import {
  inNode,
  inProcess,
  open,
  reasonOf,
  rejection,
  sites,
  wireTest,
} from '../../support/contract.ts';

const url = 'http://app.test/';

describe('extend', () => {
  test("a child has its parent's defaults, combined with its own, as they are now", async () => {
    const transport = inProcess(() => new Response());
    const parent = open({
      transport,
      baseUrl: url,
      headers: { 'x-a': 'parent', 'x-b': 'parent' },
      searchParams: { p: 1 },
      retry: { limit: 1 },
      timeout: { total: 9000 },
      auth: basic('u', 'p'),
    });
    parent.headers.set('x-live', '1');
    const child = parent.extend({
      headers: { 'X-B': 'child', 'x-a': null },
      searchParams: { c: 2 },
      timeout: { body: 7 },
    });
    parent.headers.set('x-live', '2');
    parent.headers.set('x-later', '1');
    parent.retry = 5;
    await child.get('x');
    const request = transport.seen[0];
    expect(
      ['x-a', 'x-b', 'x-live', 'x-later', 'authorization'].map((name) =>
        request?.headers.get(name),
      ),
    ).toEqual([null, 'child', '1', null, 'Basic dTpw']);
    expect([...new URLSearchParams(request?.url.search)].sort()).toEqual([
      ['c', '2'],
      ['p', '1'],
    ]);
    expect(child.retry.limit).toBe(1);
    expect(child.timeout).toMatchObject({ total: 9000, body: 7 });
    child.headers.set('x-b', 'only the child');
    expect(parent.headers.get('x-b')).toBe('parent');
  });

  test('a child inherits though its constructor makes another session', () => {
    class Api extends Session {
      readonly helper: Session;

      constructor(options?: SessionOptions) {
        const helper = new Session();
        super(options);
        this.helper = helper;
      }
    }
    const child = new Api({ baseUrl: url }).extend();
    expect([child.baseUrl?.toString(), child.helper.baseUrl]).toEqual([url, undefined]);
  });

  test('null removes what the parent has', () => {
    const child = open({ baseUrl: url, auth: basic('u', 'p') }).extend({ auth: null });
    expect(child.auth).toBeUndefined();
    expect(child.baseUrl?.toString()).toBe(url);
  });

  test('mounts and middleware are shared', async () => {
    const parent = open({ transport: inProcess(() => new Response('transport')) });
    parent.mount(
      'http://mounted.test',
      inProcess((request) => new Response(`mounted ${request.headers.get('x-m') ?? ''}`)),
    );
    parent.use((request, next) => (request.headers.set('x-m', 'middleware'), next(request)));
    const child = parent.extend();
    expect(child).toBeInstanceOf(Session);
    expect(await child.get('http://mounted.test/').text()).toBe('mounted middleware');
    expect(await child.get(url).text()).toBe('transport');
    child.use((request, next) => (request.headers.set('x-m', 'child'), next(request)));
    expect(await child.get('http://mounted.test/').text()).toBe('mounted child');
    expect(await parent.get('http://mounted.test/').text()).toBe('mounted middleware');
  });

  wireTest('cookies are shared, copied, new or none', async () => {
    const parent = open({ baseUrl: url });
    await parent.cookies.set('x=parent');
    const [share, copy, fresh, none] = [
      parent.extend(),
      parent.extend({ cookies: 'copy' }),
      parent.extend({ cookies: 'new' }),
      parent.extend({ cookies: false }),
    ];
    await parent.cookies.set('later=1');
    expect(share.cookies.jar).toBe(parent.cookies.jar);
    expect((await copy.cookies.getAll()).map(({ name }) => name)).toEqual(['x']);
    expect(await fresh.cookies.getAll()).toEqual([]);
    const transport = inProcess(() => new Response());
    await none.get(url, { transport });
    expect(transport.seen[0]?.headers.get('cookie')).toBeNull();
    await share.cookies.set('x=child');
    expect(await parent.cookies.get('x')).toMatchObject({ value: 'child' });
    await copy.cookies.set('x=copy');
    expect(await parent.cookies.get('x')).toMatchObject({ value: 'child' });
  });

  test('closing a child leaves its parent working', async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const child = parent.extend();
    await parent.get('echo');
    await child.get('echo');
    await child.close();
    expect([child.closed, parent.closed]).toEqual([true, false]);
    await rejection(child.get('echo'), SessionClosedError);
    await parent.get('echo');
    if (inNode) expect(new Set((await a.requests()).map((entry) => entry.socket)).size).toBe(1);
  });

  test("destroying a child ends its calls and not its parent's", async () => {
    const { a } = sites();
    const parent = open({ baseUrl: a.base });
    const child = parent.extend();
    const theirs = parent.get('held?key=k').json();
    const ours = reasonOf(child.get('never'));
    await a.requests({ requests: 2 });
    await child.destroy('child');
    expect(await ours).toBe('child');
    await a.release('k');
    expect(await theirs).toEqual({ released: true });
  });
});
