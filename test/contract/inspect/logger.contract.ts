import { bearer } from 'isosession';
import { logger, type LogRecord } from 'isosession/inspect';
import { describe, expect, test } from 'vitest';
import { inBrowser, inNode, open, sites } from '../../support/contract.ts';

/** Takes what is logged. */
function sink() {
  const lines: string[] = [];
  const records: LogRecord[] = [];
  const log = (line: string, record: LogRecord): void => {
    lines.push(line.replace(/\d+\.\d ms/, '… ms'));
    records.push(record);
  };
  return { lines, records, log };
}

describe('a log', () => {
  test('has a line for each hop, or for the hops of a host', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const { lines, records, log } = sink();
    logger(session, { log });
    await session.get('redirect', { searchParams: { to: a.url('status/404') } });

    if (inBrowser) {
      expect(lines).toEqual([expect.stringMatching(/^GET \S+ 404 … ms$/)]);
      return;
    }
    const [first, second] = inNode
      ? [' (HTTP/1.1, new connection)', ' (HTTP/1.1, reused, redirect 1)']
      : ['', ' (redirect 1)'];
    expect(lines[0]).toMatch(/^GET \S+redirect\?to=\S+ 302 … ms/);
    expect(lines[0]?.split(' ms')[1]).toBe(first);
    expect(lines[1]).toBe(`GET ${a.url('status/404')} 404 … ms${second}`);
    expect(records[1]).toMatchObject({ method: 'GET', status: 404, attempt: 1, hop: 1 });
    expect(records[1]?.timings !== undefined).toBe(inNode);
  });

  test('has a line for each attempt, and for each call if it is told so', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base, retry: { limit: 1, backoffLimit: 1 } });
    const hops = sink();
    const calls = sink();
    logger(session, { log: hops.log });
    logger(session, { log: calls.log, level: 'call' });
    await session.get('status/503');

    expect(hops.records.map(({ status, attempt }) => [status, attempt])).toEqual([
      [503, 1],
      [503, 2],
    ]);
    expect(calls.records).toHaveLength(1);
    expect(calls.lines[0]).toContain('attempt 2');
  });

  test('L32: tells a failure, on one line', async () => {
    const { records, lines, log } = sink();
    const session = open({
      transport: {
        send: async () => {
          throw new Error('broken\nGET http://forged/ 200');
        },
      },
      retry: 0,
    });
    logger(session, { log });
    await session.get('http://a.test/').catch(() => {});
    expect(records[0]).toMatchObject({ error: { name: 'NetworkError', code: 'ERR_NETWORK' } });
    expect(records[0]?.status).toBeUndefined();
    expect(lines[0]?.split('\n')).toHaveLength(1);
    expect(lines[0]).toMatch(/^GET http:\/\/a\.test\/ failed: /);
  });

  test('L30: has no secret', async () => {
    const { a } = sites();
    const session = open({
      baseUrl: a.base,
      auth: bearer('canary1'),
      searchParams: { tenant: 'canary2' },
    });
    const { records, lines, log } = sink();
    logger(session, { log });
    await session.post('echo?token=canary3', { json: { password: 'canary4' } });
    const reason = new Error('canary5');
    await session.get('echo', { signal: AbortSignal.abort(reason) }).catch(() => {});
    expect(JSON.stringify([records, lines])).not.toContain('canary');
    expect(lines[0]).toContain('tenant=[redacted]');
  });

  test('ends when it is disposed of, for children, too', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const { lines, log } = sink();
    const logging = logger(session, { log });
    const child = session.extend();
    await child.get('echo');
    logging[Symbol.dispose]();
    await session.get('echo');
    await child.get('echo');
    expect(lines).toHaveLength(1);
  });
});
