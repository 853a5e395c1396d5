/** What @hey-api/openapi-ts generates over the client of the docs, whose calls are a session's. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NetworkError, type Session, TimeoutError } from 'isosession';
import { beforeAll, expect, test } from 'vitest';
import { samplesOf, textOf } from '../docs/samples.ts';
import { problemsOf } from '../support/snippets.ts';
import { hasNewToken, logIn, renewals, type Started, start, useOldToken } from './api.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(here, 'node_modules/.openapi-client');

interface Note {
  id: number;
  text: string;
}
interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response?: Response;
}
interface Options {
  session: Session;
  throwOnError?: boolean;
  timeout?: number;
  retry?: number;
  signal?: AbortSignal;
}
type Function<Data, Given = unknown> = (options: Options & Given) => Promise<Answer<Data>>;
/** What the generator makes of `openapi.json`. */
interface Sdk {
  getNote: Function<Note, { path: { id: string } }>;
  removeNote: Function<undefined, { path: { id: string } }>;
  addNote: Function<Note, { body: Note }>;
  addPicture: Function<string, { body: { title: string; picture: Blob } }>;
  logIn: Function<undefined, { body: { user: string } }>;
  findNotes: Function<
    Note[],
    {
      query?: { tag?: string[]; id?: number[]; filter?: { by: string } };
      headers: { 'X-Trace': string };
    }
  >;
  watch(options: Options): Promise<{ stream: AsyncIterable<Note> }>;
}
let sdk: Sdk;

/** A user's project, of what the page shows, and the generator run in it. */
beforeAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const name of ['src', 'session-client'])
    await mkdir(join(folder, name), { recursive: true });
  const page = 'tools/openapi-ts.md';
  const shown = samplesOf(page, textOf(page)).map(({ code }) => code);
  const codeWith = (word: string) => shown.findLast((code) => code.includes(word)) ?? '';
  const write = (file: string, text: string) => writeFile(join(folder, file), text);
  await write('package.json', '{ "type": "module" }');
  await write('openapi-ts.config.ts', codeWith('definePluginConfig'));
  await write('src/session.ts', codeWith('createClientConfig'));
  await copyFile(join(here, 'openapi.json'), join(folder, 'openapi.json'));
  const client = join(here, '../../examples/openapi-ts/client.ts');
  await copyFile(client, join(folder, 'session-client/index.ts'));
  const program = join(here, 'node_modules/@hey-api/openapi-ts/bin/run.js');
  await promisify(execFile)(process.execPath, [program], { cwd: folder });
  sdk = (await import(join(folder, 'src/client/sdk.gen.ts'))) as Sdk;
});

const sessionOf = ({ session }: Started) => ({ session });

test('the functions and their types hold', () => {
  const head = `import { findNotes, getNote, watch } from './client';\n`;
  const good = `${head}
    export async function text(id: string): Promise<string> {
      const { data, error } = await getNote({ path: { id }, timeout: 5_000 });
      return error === undefined ? data.text : error.message;
    }
    export async function count(): Promise<number> {
      const options = { query: { tag: ['a'] }, headers: { 'X-Trace': '1' }, retry: 0 };
      const { data, response } = await findNotes({ ...options, throwOnError: true });
      return data.length + response.attempts;
    }
    export async function first(): Promise<number | undefined> {
      for await (const note of (await watch()).stream) return note.id;
      return undefined;
    }
  `;
  const wrong = `${head}
    void getNote({ path: { id: 1 } });
    void getNote({ path: { id: '1' }, timeuot: 1 });
    void findNotes({});
  `;
  const problems = problemsOf(
    [
      { name: 'good', code: good },
      { name: 'wrong', code: wrong },
    ],
    join(folder, 'src'),
  );
  expect(problems['good']).toBeUndefined();
  expect(problems['wrong']).toHaveLength(3);
});

test('paths, queries and headers go out as the description has them', async () => {
  const api = await start(({ json, request, url }) =>
    json([{ id: 1, text: `${decodeURIComponent(url.search)} ${request.headers['x-trace']}` }]),
  );
  const { data } = await sdk.findNotes({
    ...sessionOf(api),
    query: { tag: ['a b', 'c'], id: [1, 2], filter: { by: 'ann' } },
    headers: { 'X-Trace': 't1' },
  });
  expect(data).toEqual([{ id: 1, text: '?tag=a b&tag=c&id=1,2&filter[by]=ann t1' }]);
  await sdk.getNote({ ...sessionOf(api), path: { id: 'a/b?' } });
  expect(api.server.received.at(-1)).toBe('GET /notes/a%2Fb%3F');
});

test('forms and files go out, an answer is text, and an empty one no data', async () => {
  const api = await start(async ({ request, response, text, url }) => {
    const body = `${request.headers['content-type']}\n${await text()}`;
    if (url.pathname === '/pictures')
      response.writeHead(201, { 'content-type': 'text/plain' }).end(body);
    else response.writeHead(204).end();
  });
  const body = { title: 'Sea', picture: new Blob(['pixels'], { type: 'image/png' }) };
  const sent = (await sdk.addPicture({ ...sessionOf(api), body })).data;
  expect(sent).toMatch(/^multipart\/form-data; boundary=/);
  expect(sent).toMatch(/name="title"\r\n\r\nSea\r\n[^]*image\/png\r\n\r\npixels\r\n/);
  const removed = await sdk.removeNote({ ...sessionOf(api), path: { id: '1' } });
  expect([removed.data, removed.error, removed.response?.status]).toEqual([
    undefined,
    undefined,
    204,
  ]);
});

test('a generated login gives the session its cookie', async () => {
  const api = await start(({ json, request }) => json({ id: 1, text: request.headers.cookie }));
  await sdk.logIn({ ...sessionOf(api), body: { user: 'ann' } });
  const { data } = await sdk.getNote({ ...sessionOf(api), path: { id: '1' } });
  expect(data).toEqual({ id: 1, text: 'sid=1' });
});

test('calls at once that are refused renew the token once, with their bodies', async () => {
  const api = await start(async (exchange) => {
    const isKnown = hasNewToken(exchange);
    exchange.json(isKnown ? JSON.parse(await exchange.text()) : {}, isKnown ? 201 : 401);
  });
  useOldToken(api);
  const notes = [1, 2, 3].map((id) => ({ id, text: `note ${id}` }));
  const answers = await Promise.all(notes.map((body) => sdk.addNote({ ...sessionOf(api), body })));
  expect(answers.map(({ data }) => data)).toEqual(notes);
  expect(renewals(api)).toBe(1);
});

test("an error is the answer of the API, or the session's own", async () => {
  const api = await start(({ url, json, response }) =>
    url.pathname === '/notes/0' ? response.destroy() : json({ message: 'no such note' }, 404),
  );
  const options = { ...sessionOf(api), retry: 0 };
  const refused = await sdk.getNote({ ...options, path: { id: '1' } });
  expect([refused.error, refused.response?.status]).toEqual([{ message: 'no such note' }, 404]);
  const lost = await sdk.getNote({ ...options, path: { id: '0' } });
  expect(lost.error).toBeInstanceOf(NetworkError);
  expect(lost.response).toBeUndefined();
  const late = await sdk.getNote({ ...options, path: { id: 'slow' }, timeout: 50 });
  expect(late.error).toBeInstanceOf(TimeoutError);
  const thrown = sdk.getNote({ ...options, path: { id: '1' }, throwOnError: true });
  await expect(thrown).rejects.toEqual({ message: 'no such note' });
});

test('an abort ends the request', async () => {
  const api = await start(() => undefined);
  const controller = new AbortController();
  const { signal } = controller;
  const call = sdk.getNote({ ...sessionOf(api), signal, path: { id: 'slow' } });
  const { closed } = await api.hanging;
  controller.abort();
  await closed;
  expect((await call).error).toBe(signal.reason);
});

test('a stream of events gives their data', async () => {
  const notes = [1, 2].map((id) => ({ id, text: `note ${id}` }));
  const api = await start(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(notes.map((note) => `data: ${JSON.stringify(note)}\n\n`).join(''));
  });
  await logIn(api);
  const got: Note[] = [];
  for await (const note of (await sdk.watch(sessionOf(api))).stream) got.push(note);
  expect(got).toEqual(notes);
});
