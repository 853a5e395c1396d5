import type { SessionError } from 'isosession';
import { type SessionResponse } from 'isosession';
import { describe, expect, test } from 'vitest';
import { reasonOf, sites } from '../../support/contract.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';
import { Armed, canaries, failures, leaks, responses } from './canaries.ts';

describe('L1: each of nineteen places keeps its secret', () => {
  test.each(failures)(
    'in the error of $name, its request, its response and its causes',
    async ({ fail }) => {
      const { a } = sites();
      const session = await Armed.in(a);
      const error = (await reasonOf(fail(session, a))) as SessionError & {
        response?: SessionResponse;
        history?: SessionResponse[];
      };
      for (const value of [
        error,
        error.request,
        error.response,
        error.history,
        session,
        session.cookies,
        session.headers,
      ])
        expect(leaks(value)).toEqual([]);
      for (let cause = error.cause; cause !== undefined; cause = (cause as Error).cause)
        expect(leaks(cause)).toEqual([]);
    },
  );

  test.each(responses)(
    'in a response to $name, its request, its clone and its headers',
    async ({ call }) => {
      const { a } = sites();
      const session = await Armed.in(a);
      const response = await call(session, a);
      expect(response.status).toBe(200);
      for (const value of [
        response,
        response.request,
        response.request.headers,
        response.headers,
        response.clone(),
        response.history,
        { nested: [response] },
      ])
        expect(leaks(value)).toEqual([]);
    },
  );

  test('in a redirect with cookies and userinfo', async () => {
    const { a } = sites();
    const session = await Armed.in(a);
    const to = a
      .url('echo')
      .replace('://', `://${canaries.locationUser}:${canaries.locationPassword}@`);
    const hop = await rawServer(
      always(
        answer(
          '',
          `HTTP/1.1 302 Found\r\nlocation: ${to}\r\nset-cookie: hop=${canaries.hopSetCookie}\r\n`,
        ),
      ),
    );
    const response = await session.get(hop.origin);
    expect(response.url).toBe(a.url('echo'));
    for (const value of [
      response,
      response.request,
      response.history,
      response.history[0]?.headers,
      response.url,
    ])
      expect(leaks(value)).toEqual([]);
    const error = await reasonOf(session.get(hop.origin, { maxRedirects: 0 }));
    expect(leaks(error)).toEqual([]);
    const target = `ftp://${canaries.locationUser}:${canaries.locationPassword}@x/`;
    const refused = await rawServer(
      always(answer('', headLines('302 Found', `location: ${target}`))),
    );
    expect(leaks(await reasonOf(session.get(refused.origin)))).toEqual([]);
  });
});
