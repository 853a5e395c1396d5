/**
 * What hosts lack that still have a `fetch`. Each test loads the edge entry anew, in a host that is made so.
 *
 * @module
 */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { SessionOptions, Transport, TransportRequest } from 'isosession';

// Node loads its own fetch when somebody first asks for it, which must not be in a host that lacks something.
void Response;

beforeEach(() => void vi.resetModules());
afterEach(() => void vi.unstubAllGlobals());

/** A session of a fresh copy of the edge entry, and what its transport was given. */
async function load(options: SessionOptions = {}) {
  const { Session } = await import('../../src/edge.ts');
  const seen: TransportRequest[] = [];
  const transport: Transport = {
    async send(request) {
      seen.push(request);
      return new Response('{"answer":42}', { headers: { 'content-type': 'application/json' } });
    },
  };
  return { session: new Session({ ...options, transport }), seen };
}

test('without a FinalizationRegistry, as workerd before 2025-05-05, the library loads and works', async () => {
  vi.stubGlobal('FinalizationRegistry', undefined);
  const { session } = await load();
  expect(await (await session.get('http://app.test/')).json()).toEqual({ answer: 42 });
});
