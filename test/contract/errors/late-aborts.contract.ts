import { SessionClosedError, type SessionResponse, TimeoutError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inNode, open, reasonOf, rejection, type Site, sites } from '../../support/contract.ts';

const readers: [string, (response: SessionResponse) => Promise<unknown>][] = [
  ['text()', (response) => response.text()],
  ["text('auto')", (response) => response.text('auto')],
  ['json()', (response) => response.json()],
  ['bytes()', (response) => response.bytes()],
  ['blob()', (response) => response.blob()],
  ['formData()', (response) => response.formData()],
  ['body', async (response) => response.body?.getReader().read()],
  ['lines()', (response) => response.lines().next()],
  ['events()', (response) => response.events().next()],
  ['a clone', (response) => response.clone().text()],
  ['what was cloned', async (response) => [response.clone(), await response.text()]],
];

const reason = new TypeError('enough');

/** Time enough for a small body to be here, which nothing but the reading of it could tell. */
async function arrival(site: Site): Promise<void> {
  for (let n = 0; n < 5; n++) await site.journal();
}

describe('F38: an abort when the body is here and nobody has read it', () => {
  const get = async (signal: AbortSignal) => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { text: '{}', type: 'a/json' }), { signal });
    await arrival(a);
    return response;
  };

  test.each(readers)('ends it: %s', async (_, read) => {
    const stop = new AbortController();
    const response = await get(stop.signal);
    stop.abort(reason);
    expect(await reasonOf(read(response))).toBe(reason);
  });

  test.each(readers.slice(0, 5))(
    'ends it in the turn in which it is read, too: %s',
    async (_, read) => {
      const stop = new AbortController();
      const response = await get(stop.signal);
      const reading = reasonOf(read(response));
      stop.abort(reason);
      expect(await reading).toBe(reason);
    },
  );

  test('ends a clone that was made before', async () => {
    const stop = new AbortController();
    const response = await get(stop.signal);
    const clone = response.clone();
    expect(await response.text()).toBe('{}');
    stop.abort(reason);
    expect(await reasonOf(clone.text())).toBe(reason);
  });

  test('ends a body that is read in part', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const { body } = await open().get(a.url('bytes', { n: 900_000 }), { signal: stop.signal });
    await arrival(a);
    const reader = body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    stop.abort(reason);
    expect(await reasonOf(reader?.read() ?? Promise.resolve())).toBe(reason);
  });

  test('changes nothing when the last byte was given', async () => {
    const stop = new AbortController();
    const response = await get(stop.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(2);
    expect((await reader?.read())?.done).toBe(true);
    stop.abort(reason);
    expect(response.bodyUsed).toBe(true);
  });

  test('by a middleware ends it as well', async () => {
    const { a } = sites();
    const stop = new AbortController();
    const session = open().use((request, next) => next({ ...request, signal: stop.signal }));
    const response = await session.get(a.url('reply', { text: 'x' }));
    await arrival(a);
    stop.abort(reason);
    expect(await reasonOf(response.text())).toBe(reason);
  });
});

describe('a body that is here and that nobody has read', () => {
  test('ends with destroy()', async () => {
    const { a } = sites();
    const session = open();
    const response = await session.get(a.url('reply', { text: 'x' }));
    await arrival(a);
    await session.destroy(reason);
    expect(await reasonOf(response.text())).toBe(reason);
  });

  test('ends with destroy() of the session whose connections it came by', async () => {
    const { a } = sites();
    const session = open();
    const response = await session.extend().get(a.url('reply', { text: 'x' }));
    await arrival(a);
    await session.destroy();
    await rejection(response.text(), SessionClosedError);
  });

  test('ends with the total deadline', async () => {
    const { a } = sites();
    const response = await open().get(a.url('reply', { text: 'x' }), { timeout: { total: 300 } });
    const start = performance.now();
    while (performance.now() - start < 300) await a.journal();
    expect((await rejection(response.text(), TimeoutError)).phase).toBe('total');
  });

  if (inNode)
    test('stays readable after close()', async () => {
      const { a } = sites();
      const session = open();
      const response = await session.get(a.url('reply', { text: 'x' }));
      await arrival(a);
      await session.close();
      expect(await response.text()).toBe('x');
    });
});
