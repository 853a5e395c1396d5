import { InvalidRequestError, NetworkError, Session, fetchTransport } from 'isosession';
import { mockTransport, useTransport } from 'isosession/testing';
import { describe, expect, it, vi } from 'vitest';
import { open, rejection, sites, thrown } from '../support/contract.ts';

describe('mockTransport', () => {
  it("answers below the session's redirects, cookies and retries", async () => {
    const seen: string[] = [];
    const session = open({
      retry: { delay: () => 0 },
      transport: mockTransport(({ method, url, headers }) => {
        seen.push(`${method} ${url.pathname} ${headers.get('cookie') ?? '-'}`);
        if (url.pathname === '/login')
          return new Response(null, {
            status: 303,
            headers: { location: '/flaky', 'set-cookie': 'sid=1' },
          });
        return seen.length < 3
          ? new Response('busy', { status: 503 })
          : Response.json({ ok: true });
      }),
    });
    expect(await session.get('https://api.example.com/login').json()).toEqual({ ok: true });
    expect(seen).toEqual([
      'GET /login -',
      'GET /flaky sid=1',
      'GET /login sid=1',
      'GET /flaky sid=1',
    ]);
  });

  it('fails the call as a network would when the function throws', async () => {
    const session = open({
      retry: 0,
      transport: mockTransport(() => {
        throw new Error('boom');
      }),
    });
    const error = await rejection(session.get('https://api.example.com/'), NetworkError);
    expect((error.cause as Error).message).toBe('boom');
  });

  it('refuses what is no function when it is made, not at the calls', () => {
    for (const handler of [null, { '/path': 1 }, mockTransport(() => new Response())]) {
      expect(thrown(() => mockTransport(handler as never), InvalidRequestError).message).toBe(
        'handler must be of type function',
      );
    }
  });
});

describe('useTransport', () => {
  it('is the default of every session until it is disposed, the last one first', async () => {
    const { a } = sites();
    const session = open();
    const answers = async (): Promise<string> =>
      session.get(a.url('reply', { text: 'network' })).text();
    expect(await answers()).toBe('network');
    const outer = useTransport(mockTransport(() => new Response('outer')));
    expect(await answers()).toBe('outer');
    const inner = useTransport(mockTransport(() => new Response('inner')));
    expect(await answers()).toBe('inner');
    inner[Symbol.dispose]();
    expect(await answers()).toBe('outer');
    outer[Symbol.dispose]();
    expect(await answers()).toBe('network');
  });

  it('leaves sessions with a transport alone, and its own open when a session closes', async () => {
    const close = vi.fn(async () => {});
    const used = useTransport({ ...mockTransport(() => new Response('default')), close });
    try {
      const given = open({ transport: mockTransport(() => new Response('given')) });
      expect(await given.get('https://api.example.com/').text()).toBe('given');
      const session = new Session();
      expect(await session.get('https://api.example.com/').text()).toBe('default');
      await session.close();
      expect(close).not.toHaveBeenCalled();
    } finally {
      used[Symbol.dispose]();
    }
  });

  it('refuses what is no transport, and leaves the default as it was', async () => {
    for (const transport of [undefined, fetch, () => new Response()]) {
      expect(thrown(() => useTransport(transport as never), InvalidRequestError).message).toBe(
        'transport must be an object with a send() method',
      );
    }
    expect(
      await open()
        .get(sites().a.url('reply', { text: 'network' }))
        .text(),
    ).toBe('network');
  });

  it('lets what patches the global fetch see every call', async () => {
    const fetch = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation(async () => new Response('patched'));
    const used = useTransport(fetchTransport());
    try {
      expect(await open().get('https://api.example.com/').text()).toBe('patched');
      expect(fetch).toHaveBeenCalledOnce();
    } finally {
      used[Symbol.dispose]();
      fetch.mockRestore();
    }
  });
});
