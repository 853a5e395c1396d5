import { InvalidRequestError, NetworkError, TimeoutError, basic } from 'isosession';
import { crossFetchTransport } from 'isosession/cross-fetch';
import { describe, expect, it } from 'vitest';
import { open, reasonOf, rejection, sites } from './support/contract.ts';

const transport = crossFetchTransport();

describe('crossFetchTransport', () => {
  it("runs below the session's jar and redirects: cookies of hops are stored, sent", async () => {
    const { a } = sites();
    const session = open({ transport, baseUrl: a.base });
    const response = await session.get(
      a.url('redirect', [
        ['to', 'echo'],
        ['line', 'one=1'],
        ['line', 'two=2; Expires=Wed, 09 Jun 2100 10:18:14 GMT'],
      ]),
    );
    expect(
      response.history.map(({ status, cookies }) => ({ status, cookies: { ...cookies } })),
    ).toEqual([{ status: 302, cookies: { one: '1', two: '2' } }]);
    expect(
      (await a.requests()).at(-1)!.headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1],
    ).toBe('one=1; two=2');
  });

  it('does not take credentials to another origin', async () => {
    const { a, b } = sites();
    await open({ transport, baseUrl: a.base, auth: basic('u', 'p') }).get(
      a.url('redirect', { to: b.url('echo') }),
    );
    expect((await b.request()).headers.map(([name]) => name.toLowerCase())).not.toContain(
      'authorization',
    );
  });

  it.each([
    ['text', 'héllo'],
    ['bytes', new TextEncoder().encode('héllo')],
    ['a Blob', new Blob(['héllo'])],
    ['a ReadableStream', () => new Blob(['héllo']).stream()],
    ['an iterable', () => ['hé', 'llo']],
  ])('sends %s', async (_, body) => {
    const { a } = sites();
    const echo = await open({ transport }).post(a.url('echo'), { body }).json<{ body: string }>();
    expect(echo.body).toBe('héllo');
  });

  it('sends a form of the global kind', async () => {
    const { a } = sites();
    const form = new FormData();
    form.set('file', new Blob(['content'], { type: 'text/plain' }), 'a.txt');
    await open({ transport }).post(a.url('echo'), { body: form });
    const { headers, body } = await a.request();
    expect(
      Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))[
        'content-type'
      ],
    ).toMatch(/^multipart\/form-data; boundary=/);
    expect(body).toMatch(/name="file"; filename="a.txt"[^]*content/);
  });

  it('decodes gzip, reads lines and gives null for an empty body', async () => {
    const { a } = sites();
    const session = open({ transport });
    expect(await session.get(a.url('encoded', { coding: 'gzip', text: 'one\ntwo' })).text()).toBe(
      'one\ntwo',
    );
    expect((await session.get(a.url('status/204'))).body).toBeNull();
  });

  it("times out, aborts and fails with the session's errors", async () => {
    const { a } = sites();
    const session = open({ transport, retry: 0 });
    await rejection(session.get(a.url('never'), { timeout: { response: 30 } }), TimeoutError);
    const reason = new Error('enough');
    expect(await reasonOf(session.get(a.url('never'), { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    await rejection(session.get(a.url('reset')), NetworkError);
    await rejection(session.get('ftp://127.0.0.1/'), InvalidRequestError);
  });
});
