/** What @hey-api/openapi-ts generates, over a session. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@hey-api/openapi-ts';
import { NetworkError } from 'isosession';
import { beforeAll, expect, test } from 'vitest';
import { samplesOf, textOf } from '../docs/samples.ts';
import { problemsOf } from '../support/snippets.ts';
import { hasNewToken, logIn, renewals, start, useOldToken } from './api.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(here, 'node_modules/.openapi');
const session = join(folder, 'session.ts');

interface Note {
  id: number;
  text: string;
}
interface Answer {
  data?: Note;
  error?: unknown;
  response?: Response;
}
interface CallOptions {
  fetch: typeof fetch;
  baseUrl: string;
  signal?: AbortSignal;
}
/** What the generator makes of `openapi.json`. */
interface Sdk {
  getNote(options: CallOptions & { path: { id: string } }): Promise<Answer>;
  addNote(options: CallOptions & { body: Note }): Promise<Answer>;
}
let sdk: Sdk;
let client: { getConfig(): { fetch?: unknown } };

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const page = 'tools/openapi-ts.md';
  const shown = samplesOf(page, textOf(page)).find(({ code }) =>
    code.includes('createClientConfig'),
  );
  await writeFile(session, shown?.code ?? '');
  await createClient({
    input: join(here, 'openapi.json'),
    output: join(folder, 'client'),
    logs: { level: 'silent' },
    plugins: [
      '@hey-api/typescript',
      '@hey-api/sdk',
      { name: '@hey-api/client-fetch', runtimeConfigPath: session },
    ],
  });
  sdk = (await import(join(folder, 'client/sdk.gen.ts'))) as Sdk;
  ({ client } = (await import(join(folder, 'client/client.gen.ts'))) as { client: typeof client });
});

test("the generated client has the session's fetch, and its types hold", async () => {
  const own = (await import(session)) as { session: { fetch: unknown } };
  expect(client.getConfig().fetch).toBe(own.session.fetch);
  const code = `
    import { getNote } from './client';
    import { session } from './session';
    export async function text(id: string): Promise<string> {
      const { data, error } = await getNote({ fetch: session.fetch, path: { id } });
      return error === undefined ? data.text : error.message;
    }
  `;
  expect(problemsOf([{ name: 'a call', code }], folder)).toEqual({});
});

test('its calls carry the cookie of a login, and give data', async () => {
  const api = await start(({ request, json }) => json({ id: 1, text: request.headers.cookie }));
  await logIn(api);
  const options = { fetch: api.session.fetch, baseUrl: api.server.origin, path: { id: '1' } };
  expect((await sdk.getNote(options)).data).toEqual({ id: 1, text: 'sid=1' });
  expect(api.server.received.at(-1)).toBe('GET /notes/1');
});

test('calls at once that are refused renew the token once, with their bodies', async () => {
  const api = await start(async (exchange) => {
    const isKnown = hasNewToken(exchange);
    exchange.json(isKnown ? JSON.parse(await exchange.text()) : {}, isKnown ? 201 : 401);
  });
  useOldToken(api);
  const options = { fetch: api.session.fetch, baseUrl: api.server.origin };
  const notes = [1, 2, 3].map((id) => ({ id, text: `note ${id}` }));
  const answers = await Promise.all(notes.map((body) => sdk.addNote({ ...options, body })));
  expect(answers.map(({ data }) => data)).toEqual(notes);
  expect(renewals(api)).toBe(1);
});

test('an error is the answer of the API, or has the cause of the session', async () => {
  const api = await start(({ url, json, response }) =>
    url.pathname === '/notes/0' ? response.destroy() : json({ message: 'no such note' }, 404),
  );
  const fetch = api.session.extend({ retry: 0 }).fetch;
  const options = { fetch, baseUrl: api.server.origin };
  const refused = await sdk.getNote({ ...options, path: { id: '1' } });
  expect(refused.error).toEqual({ message: 'no such note' });
  const lost = await sdk.getNote({ ...options, path: { id: '0' } });
  expect(lost.error).toHaveProperty('cause', expect.any(NetworkError));
});

test('an abort ends the request', async () => {
  const api = await start(() => undefined);
  const controller = new AbortController();
  const { signal } = controller;
  const options = { fetch: api.session.fetch, baseUrl: api.server.origin, signal };
  const call = sdk.getNote({ ...options, path: { id: 'slow' } });
  const { closed } = await api.hanging;
  controller.abort();
  await closed;
  expect((await call).error).toBe(signal.reason);
});
