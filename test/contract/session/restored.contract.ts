import { InvalidRequestError, Session, type SessionSnapshot } from 'isosession';
import { hydrate } from 'isosession/ssr';
import { describe, expect, onTestFinished, test } from 'vitest';
import { inProcess, open, thrown } from '../../support/contract.ts';

/** A snapshot that somebody has had in their hands. */
async function tampered(changes: object): Promise<SessionSnapshot> {
  const session = open({ baseUrl: 'http://app.test/', origins: ['http://more.test'] });
  return { ...(await session.snapshot()), ...changes };
}

function restore(snapshot: SessionSnapshot, options = {}): Session {
  const network = inProcess(() => new Response());
  const session = Session.restore(snapshot, { transport: network, ...options });
  onTestFinished(() => session.destroy());
  return Object.assign(session, { network });
}

describe('I21: what is read back is what was written', () => {
  test.each<[string, object]>([
    ['proxy', { proxy: 'http://evil.test:3128' }],
    ['tls', { tls: { verify: false } }],
    ['dispatcher', { dispatcher: {} }],
    ['keepHeaders', { keepHeaders: ['authorization'] }],
    ['trustEnv', { trustEnv: true }],
    ['hooks', { hooks: { beforeRequest: [() => {}] } }],
    ['transport', { transport: { send: async () => new Response() } }],
    ['auth', { auth: () => {} }],
    ['context', { context: { evil: 1 } }],
    ['credentials', { credentials: 'include' }],
    ['redirect', { redirect: 'manual' }],
    ['no option', { anything: 1 }],
    ['__proto__', JSON.parse('{"__proto__":{"tls":{"verify":false}}}') as object],
  ])('no snapshot has %s', async (_, changes) => {
    const session = restore(await tampered(changes));
    let seen: unknown;
    session.use((request, next) => {
      seen = [request.options.keepHeaders, request.options.redirect, request.options.credentials];
      return next(request);
    });
    expect([session.proxy, session.tls, session.auth]).toEqual([undefined, undefined, undefined]);
    await session.get('');
    expect(seen).toEqual([[], 'follow', undefined]);
    const { network } = session as Session & { network: ReturnType<typeof inProcess> };
    for (const name of ['proxy', 'tls', 'dispatcher'])
      expect(network.seen[0]!.init).not.toHaveProperty(name);
  });

  test.each<object>([
    { version: '1' },
    { cookies: {} },
    { baseUrl: 'file:///etc/passwd' },
    { baseUrl: 1 },
    { origins: ['x'] },
    { headers: [['a b', 'c']] },
    { maxRedirects: 1.5 },
  ])('a snapshot with %j is refused', async (changes) => {
    const snapshot = await tampered(changes);
    thrown(() => restore(snapshot), InvalidRequestError);
  });

  test.each<[string, object, string[]]>([
    ['none', {}, ['http://app.test', 'http://more.test']],
    ['the same origin', { baseUrl: 'http://app.test/v2' }, ['http://app.test', 'http://more.test']],
    ['another', { baseUrl: 'http://other.test/' }, ['http://other.test']],
    [
      'null',
      { baseUrl: null, origins: ['http://more.test'] },
      ['http://app.test', 'http://more.test', 'http://other.test'],
    ],
    [
      'another with origins',
      { baseUrl: 'http://other.test/', origins: ['http://app.test'] },
      ['http://app.test', 'http://other.test'],
    ],
  ])(
    'the origins of a snapshot belong to its baseUrl; another baseUrl: %s',
    async (_, options, scope) => {
      const session = restore(await tampered({ headers: [['x-api-key', 'k']] }), options);
      const { network } = session as Session & { network: ReturnType<typeof inProcess> };
      for (const origin of ['http://app.test', 'http://more.test', 'http://other.test'])
        await session.get(origin);
      const trusted = network.seen.filter(({ headers }) => headers.has('x-api-key'));
      expect(trusted.map(({ url }) => url.origin)).toEqual(scope);
    },
  );

  test('a page holds no header but those that it was given', () => {
    for (const name of ['set-cookie', 'location', 'content-encoding', 'Content-Type', 'x-a'])
      thrown(
        () => hydrate(open(), { version: 1, responses: [['./', '*/*', 200, [[name, 'x']], '']] }),
        InvalidRequestError,
      );
  });
});
