import { InvalidRequestError } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { open, sent, sites, thrown } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

describe("the visitor's headers", () => {
  test("are forwarded from a short list, over the session's, below the call's", async () => {
    const { a } = sites();
    const visitor = {
      'accept-language': 'de',
      traceparent: '00-1-2-01',
      tracestate: 'a=1',
      'x-request-id': 'r1',
      'user-agent': 'Mozilla',
      authorization: 'Bearer visitor',
      'x-forwarded-for': '::1',
      'x-other': '1',
    };
    const session = openForVisitor(
      open({ baseUrl: a.base, headers: { 'accept-language': 'en' } }),
      visitor,
      { to: [a.origin], headers: { tracestate: null } },
    );
    await session.get('echo');
    await session.get('echo', { headers: { 'accept-language': null, 'x-request-id': 'r2' } });
    const [first, second] = await a.requests();
    expect(
      [
        'accept-language',
        'traceparent',
        'tracestate',
        'x-request-id',
        'authorization',
        'x-forwarded-for',
        'x-other',
      ].map((name) => sent(first!, name)),
    ).toEqual(['de', '00-1-2-01', undefined, 'r1', undefined, undefined, undefined]);
    expect(sent(first!, 'user-agent')).not.toBe('Mozilla');
    expect(sent(second!, 'accept-language')).not.toBe('de');
    expect(sent(second!, 'x-request-id')).toBe('r2');
  });

  test('are those of forwardHeaders where it is given, and not what Connection names', async () => {
    const { a } = sites();
    const visitor = {
      'x-request-id': 'r',
      'User-Agent': 'Mozilla',
      'x-tenant': 't',
      'x-secret': 's',
    };
    const request = {
      headers: Object.fromEntries(
        Object.entries({ ...visitor, connection: 'keep-alive, X-Secret' }).map(([name, value]) => [
          name.toLowerCase(),
          value,
        ]),
      ),
      socket: {},
    };
    const session = forwardSession(open({ baseUrl: a.base }), request, {
      to: [a.origin],
      forwardHeaders: ['User-Agent', 'x-tenant', 'x-secret', 'x-absent'],
    });
    await session.get('echo');
    const entry = await a.request();
    expect(
      ['x-request-id', 'user-agent', 'x-tenant', 'x-secret', 'x-absent'].map((name) =>
        sent(entry, name),
      ),
    ).toEqual([undefined, 'Mozilla', 't', undefined, undefined]);
  });

  test('go to other origins only where they tell nothing of who asks', async () => {
    const { a, b } = sites();
    const session = openForVisitor(
      open(),
      { 'accept-language': 'de', 'x-request-id': 'r1', 'x-tenant': 't' },
      { to: [a.origin], forwardHeaders: ['accept-language', 'x-request-id', 'x-tenant'] },
    );
    for (const site of [a, b]) await session.get(site.url('echo'));
    const seen = async (site: typeof a) =>
      ['accept-language', 'x-request-id', 'x-tenant'].map(async (name) =>
        sent(await site.request(), name),
      );
    expect(await Promise.all(await seen(a))).toEqual(['de', 'r1', 't']);
    expect(await Promise.all(await seen(b))).toEqual(['de', undefined, undefined]);
  });

  test.each([
    'host',
    'Connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'proxy-authorization',
    'content-length',
    'forwarded',
    'X-Forwarded-Host',
    'x-forwarded-for',
    'x-real-ip',
    'cookie',
    'authorization',
    'origin',
    'referer',
    'sec-fetch-site',
    'a b',
    '',
  ])('are never %j, even if it is listed', (name) => {
    expect(
      thrown(
        () => openForVisitor(open(), {}, { to: [], forwardHeaders: [name] }),
        InvalidRequestError,
      ).message,
    ).toContain(JSON.stringify(name.toLowerCase()));
  });

  test("leave the server's own defaults, but for its credentials", async () => {
    const { a } = sites();
    const parent = open({
      baseUrl: a.base.replace('://', '://user:password@'),
      headers: { 'x-api-key': 'key', authorization: 'Bearer server', cookie: 'server=1' },
    });
    await openForVisitor(parent, {}, { to: [a.origin] }).get('echo');
    await openForVisitor(
      parent,
      {},
      { to: [a.origin], headers: { authorization: 'Bearer given' } },
    ).get('echo');
    expect(
      (await a.requests()).map((entry) =>
        ['x-api-key', 'authorization', 'cookie'].map((name) => sent(entry, name)),
      ),
    ).toEqual([
      ['key', undefined, undefined],
      ['key', 'Bearer given', undefined],
    ]);
  });
});
