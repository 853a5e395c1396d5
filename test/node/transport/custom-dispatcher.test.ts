import type { RequestOptions } from 'isosession';
import { undiciTransport } from 'isosession/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici';
import { open, sent, sites } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

/** An agent with an interceptor as they are written for `fetch`, and the options that it saw. */
function interceptedAgent() {
  const seen: Dispatcher.DispatchOptions[] = [];
  const agent = new Agent();
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    seen.push(options);
    return dispatch(
      { ...options, headers: { ...(options.headers as object), authorization: 'Bearer x' } },
      handler,
    );
  });
  onTestFinished(() => agent.destroy());
  return { dispatcher, seen };
}

describe('F39: headers for a dispatcher of another', () => {
  test.each(['a call', 'a transport'])(
    "are an object, as undici's fetch has it: of %s",
    async (whose) => {
      const server = await rawServer(always(answer('ok')));
      const { dispatcher, seen } = interceptedAgent();
      const session = open({
        retry: 0,
        trustEnv: false,
        ...(whose === 'a transport' && { transport: undiciTransport({ dispatcher }) }),
      });
      const options = { headers: { 'x-a': '1', cookie: 'a=1' }, json: { a: 1 } };
      const response = await session.post(
        server.origin,
        whose === 'a call' ? ({ ...options, dispatcher } as RequestOptions) : options,
      );
      expect(await response.text()).toBe('ok');
      const lines = server.requests[0]?.lines ?? [];
      expect(lines).toContain('authorization: Bearer x');
      expect(lines).toContain('x-a: 1');
      expect(lines.filter((line) => /^\d/.test(line))).toEqual([]);

      await undiciFetch(server.origin, { headers: { 'x-a': '1' }, dispatcher });
      const [ours, theirs] = seen.map(({ headers }) => headers);
      expect(theirs).toMatchObject({ 'x-a': '1' });
      expect(ours).toMatchObject({
        'x-a': '1',
        cookie: 'a=1',
        accept: '*/*',
        'content-type': 'application/json',
      });
    },
  );
});

test('what a dispatcher spoils shows in no other call, and it reaches no session', async () => {
  const { a } = sites();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const reached: unknown[] = [];
  const dispatcher = {
    dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
      reached.push(...Object.values(handler).filter((value) => typeof value !== 'function'));
      const headers = options.headers as Record<string, string>;
      headers['x-user'] ??= `call ${String(options.path)}`;
      return agent.dispatch(options, handler);
    },
  };
  const session = open({ transport: undiciTransport({ dispatcher }), headers: { 'x-a': '1' } });
  for (const n of [1, 2]) await session.get(a.url('echo', { n })).text();
  const users = (await a.requests()).map((entry) => sent(entry, 'x-user'));
  expect(users.map((user) => user?.slice(-1))).toEqual(['1', '2']);
  expect(reached).toEqual([]);
});
