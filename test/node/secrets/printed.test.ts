import { inspect } from 'node:util';
import { basic, bearer, fetchTransport, SessionError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, reasonOf, sites } from '../../support/contract.ts';
import { armed, canary, failures, shown } from './canaries.ts';

describe('L1: nothing printed, inspected or serialised shows a credential', () => {
  test.each(failures)('of the error of $name', async ({ fail }) => {
    const { a } = sites();
    const session = armed(a);
    await session.cookies.set(`jar=${canary}Jar`);
    const error = await reasonOf(fail(session, a));
    expect(error).toBeInstanceOf(Error);
    expect(SessionError.is(error) || SessionError.is((error as Error).cause)).toBe(true);
    expect(shown(error)).not.toContain(canary);
    const { request } = error as SessionError;
    if (request) expect(shown(request)).not.toContain(canary);
  });

  test('of a session, its cookies and its stats', async () => {
    const { a } = sites();
    const session = armed(a, { auth: basic(`${canary}U`, `${canary}P`) });
    await session.cookies.set(`jar=${canary}Jar; HttpOnly`);
    for (const value of [
      session,
      session.cookies,
      session.auth,
      session.stats(),
      session.extend(),
      { nested: { session } },
    ])
      expect(shown(value)).not.toContain(canary);
    // The names are there: it is the values that are not.
    expect(inspect(session.cookies)).toContain('jar');
  });

  test('of a response, its request and its history', async () => {
    const { a } = sites();
    const session = armed(a, { auth: bearer(`${canary}Token`) });
    const response = await session.get('redirect', {
      searchParams: { to: `cookies/set?line=sid%3D${'x'}`, line: 'hop=1' },
      cookies: { per: `${canary}Call` },
    });
    const secret = await session.post('login', {
      form: { user: `${canary}Sid`, password: 'open sesame' },
    });
    for (const value of [
      response,
      response.request,
      response.history,
      response.clone(),
      secret,
      secret.headers,
    ]) {
      if (value === secret.headers) continue;
      expect(shown(value)).not.toContain(canary);
    }
    expect(inspect(secret)).toContain('[redacted]');
    // The secrets themselves are there for the program.
    expect(secret.headers.getSetCookie()[0]).toContain(canary);
    expect(secret.cookies['sid']).toContain(canary);
  });

  test('of the headers of a response that a fetch made', async () => {
    const { a } = sites();
    const response = await open({ transport: fetchTransport() }).get(
      a.url('cookies/set', { line: `sid=${canary}` }),
    );
    expect(shown(response.headers)).not.toContain(canary);
    expect(response.headers.getSetCookie()[0]).toContain(canary);
  });

  test('of what hooks and middleware are given', async () => {
    const { a } = sites();
    const texts: string[] = [];
    const session = armed(a, {
      auth: bearer(`${canary}Token`),
      hooks: {
        afterResponse: [(state: { request: object }) => void texts.push(shown(state.request))],
      },
    });
    session.use((request, next) => {
      texts.push(shown(request));
      return next(request);
    });
    await session.get('echo');
    expect(texts).toHaveLength(2);
    expect(texts.join('')).not.toContain(canary);
  });

  test('a snapshot is what it says: it holds the cookies, and nothing else does', async () => {
    const session = open({ baseUrl: 'http://app.test/' });
    await session.cookies.set(`jar=${canary}`);
    expect(JSON.stringify(await session.snapshot())).toContain(canary);
  });
});
