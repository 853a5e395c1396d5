import {
  refresh,
  type RefreshOptions,
  type Session,
  type Tokens,
  UnsupportedError,
  webLock,
} from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  browserTest,
  deferred,
  open,
  reasonOf,
  sent,
  type Site,
  sites,
  thrown,
} from '../../../support/contract.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A session as in a tab of its own: Web Locks of one name exclude each other all the same. */
function openTab(site: Site, name: string, options: Partial<RefreshOptions> = {}): Session {
  const session: Session = open({
    baseUrl: site.base,
    auth: refresh({
      load: () => ({ accessToken: 'a0', refreshToken: 'r0' }),
      renew: (tokens) =>
        session
          .post('renewal', { json: { refreshToken: tokens?.refreshToken }, auth: null })
          .json<Tokens>(),
      lock: webLock(name),
      ...options,
    }),
  });
  return session;
}

const tokenOf = async (session: Session) =>
  (await session.get('private').json<{ token: string }>()).token;

const countRenewals = async (site: Site) =>
  (await site.requests()).filter(({ route }) => route === 'renewal').length;

/** Holds back the messages of BroadcastChannel until `letThrough` is called. */
function slowChannels(): { waiting: (() => void)[]; letThrough: () => void } {
  const waiting: (() => void)[] = [];
  let isOpen = false;
  vi.stubGlobal(
    'BroadcastChannel',
    class extends BroadcastChannel {
      override set onmessage(handler: (event: MessageEvent) => void) {
        super.onmessage = (event: MessageEvent) =>
          isOpen ? handler(event) : waiting.push(() => handler(event));
      }
    },
  );
  return {
    waiting,
    letThrough() {
      isOpen = true;
      for (const deliver of waiting.splice(0)) deliver();
    },
  };
}

describe('webLock', () => {
  test('is refused where there are no Web Locks, or no BroadcastChannel', () => {
    vi.stubGlobal('navigator', {});
    expect(thrown(() => webLock('x'), UnsupportedError).message).toContain('Web Locks');
    vi.stubGlobal('navigator', { locks: {} });
    vi.stubGlobal('BroadcastChannel', undefined);
    thrown(() => webLock('x'), UnsupportedError);
  });

  browserTest('lets one tab renew for all, which have no store in common', async () => {
    const { a } = sites();
    const tabs = Array.from({ length: 3 }, () => openTab(a, a.base));
    expect(await Promise.all(tabs.map(tokenOf))).toEqual(['a1', 'a1', 'a1']);
    expect(await countRenewals(a)).toBe(1);
  });

  browserTest(
    'gives a tab that did nothing meanwhile the newest tokens of several renewals',
    async () => {
      const { a } = sites();
      const [busy, idle] = [openTab(a, a.base), openTab(a, a.base)];
      for (const token of ['a1', 'a2', 'a3']) {
        expect(await tokenOf(busy)).toBe(token);
        if (token !== 'a3') await busy.get('expire', { auth: null });
      }
      expect(await tokenOf(idle)).toBe('a3');
      expect(await countRenewals(a)).toBe(3);
      // A tab holds one lock, however many renewals there were.
      const { held = [] } = await navigator.locks.query();
      expect(
        held.filter((lock) => lock.name?.endsWith(a.base)).map((lock) => [lock.name, lock.mode]),
      ).toEqual(Array(2).fill([`3 isosession ${a.base}`, 'shared']));
    },
  );

  browserTest(
    'lets a tab that was granted the lock before it has heard of the renewal wait for the news',
    async () => {
      const { a } = sites();
      const { waiting, letThrough } = slowChannels();
      const [first, second] = [openTab(a, a.base), openTab(a, a.base)];
      expect(await tokenOf(first)).toBe('a1');
      const late = tokenOf(second);
      // By now it has been granted the lock, and asks the others for newer tokens.
      await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(1));
      expect(await countRenewals(a)).toBe(1);
      letThrough();
      expect(await late).toBe('a1');
      expect(await countRenewals(a)).toBe(1);
    },
  );

  browserTest(
    'gives a tab that is opened later, with tokens that are spent, those of the others',
    async () => {
      const { a } = sites();
      expect(await tokenOf(openTab(a, a.base))).toBe('a1');
      expect(await tokenOf(openTab(a, a.base))).toBe('a1');
      expect(await countRenewals(a)).toBe(1);
    },
  );

  browserTest('does not give a tab the tokens of another login', async () => {
    const { a, b } = sites();
    const first = openTab(a, a.base);
    const second = openTab(b, a.base, {
      load: () => ({ accessToken: 'other', refreshToken: 'r0' }),
    });
    expect(await tokenOf(first)).toBe('a1');
    expect(await tokenOf(second)).toBe('a1');
    expect([await countRenewals(a), await countRenewals(b)]).toEqual([1, 1]);
    expect((await b.requests()).map((entry) => sent(entry, 'authorization'))).toEqual([
      'Bearer other',
      undefined,
      'Bearer a1',
    ]);
  });

  browserTest(
    'lets sessions of HttpOnly cookies renew once, and again when they expire again',
    async () => {
      const { a } = sites();
      const cookies = (): Session => {
        const tab: Session = openTab(a, a.base, {
          load: () => ({}),
          renew: () => tab.post('renewal?cookies=1', { auth: null }).json<Tokens>(),
        });
        return tab;
      };
      const tabs = [cookies(), cookies()];
      for (const token of ['a1', 'a2', 'a3']) {
        expect(await Promise.all(tabs.map(tokenOf))).toEqual([token, token]);
        await tabs[0]?.get('expire', { auth: null });
      }
      expect(await tokenOf(cookies())).toBe('a4');
      expect(await countRenewals(a)).toBe(4);
    },
  );

  browserTest('counts its fences over all tabs', async () => {
    const { a } = sites();
    const fences: number[] = [];
    let store: Tokens = { accessToken: 'a0', refreshToken: 'r0' };
    const options: Partial<RefreshOptions> = {
      load: () => store,
      save(tokens, { fence }) {
        store = tokens;
        fences.push(fence);
      },
    };
    const tabs = [openTab(a, a.base, options), openTab(a, a.base, options)] as const;
    for (const tab of [tabs[0], tabs[1], tabs[0]]) {
      await tokenOf(tab);
      await tab.get('expire', { auth: null });
    }
    expect(fences).toHaveLength(3);
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
  });

  browserTest('lets the next tab try when a renewal fails', async () => {
    const { a } = sites();
    const reason = new Error('offline');
    const gate = deferred();
    const started = deferred();
    const failing = openTab(a, a.base, {
      async renew() {
        started.resolve();
        await gate.promise;
        throw reason;
      },
    });
    const lost = reasonOf(failing.get('private'));
    await started.promise;
    const next = tokenOf(openTab(a, a.base));
    gate.resolve();
    expect(await lost).toBe(reason);
    expect(await next).toBe('a1');
    expect(await tokenOf(failing)).toBe('a1');
    expect(await countRenewals(a)).toBe(1);
  });
});
