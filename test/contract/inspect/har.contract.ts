import { harRecorder } from 'isosession/inspect';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, sites } from '../../support/contract.ts';

describe('an archive', () => {
  test('has the hops of a session, or what a host has made of them', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const recorder = harRecorder(session);
    const to = a.url('reply', {
      text: '{"name":"ann","token":"canary"}',
      h: 'content-type: application/json',
    });
    expect(await session.get('redirect', { searchParams: { to } }).json()).toMatchObject({
      name: 'ann',
    });

    const { entries } = recorder.har().log;
    expect(entries.map(({ response }) => response.status)).toEqual(inBrowser ? [200] : [302, 200]);
    const last = entries.at(-1);
    expect(last?.response.content.text).toBe('{"name":"ann","token":"[redacted]"}');
    expect(last?.request.method).toBe('GET');
    expect(last?.timings.wait).toBeGreaterThanOrEqual(0);
  });

  test('records nothing any more when it was stopped', async () => {
    const { a } = sites();
    const session = open({ baseUrl: a.base });
    const recorder = harRecorder(session);
    recorder.stop();
    await session.get('echo');
    expect(recorder.har().log.entries).toEqual([]);
  });
});
