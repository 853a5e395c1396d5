/**
 * A session over the package cross-fetch, in a test environment that has a `fetch` or none.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { NetworkError, Session, TimeoutError } from 'isosession';
import { crossFetchTransport } from 'isosession/cross-fetch';

const origin = readFileSync('origin.txt', 'utf8');
let session;
beforeEach(() => {
  session = new Session({ baseUrl: origin, transport: crossFetchTransport() });
});
afterEach(() => session.close());

const post = (options) => session.post('echo', options).json();

test('JSON is sent and read', async () => {
  const { body, headers } = await post({ json: { a: 'é' }, headers: { 'x-a': '1' } });
  expect([JSON.parse(body), headers['x-a']]).toEqual([{ a: 'é' }, '1']);
});

test.each([
  ['text', 'AB'],
  ['bytes', new Uint8Array([65, 66])],
  ['a buffer', new Uint8Array([65, 66]).buffer],
  ['a Blob', new Blob(['AB'])],
])('%s is sent', async (_, body) => {
  expect(await post({ body })).toMatchObject({ body: 'AB' });
});

test('a form of text and files is sent', async () => {
  const form = new FormData();
  form.append('name', 'é');
  form.append('file', new Blob(['of a file'], { type: 'text/plain' }), 'a.txt');
  const { body, headers } = await post({ body: form });
  expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(body).toContain('name="name"\r\n\r\né\r\n');
  expect(body).toContain('of a file');
});

test('a body is read as bytes, as a Blob, and as a stream', async () => {
  expect((await session.get('letters').bytes()).length).toBe(26);
  expect((await session.get('letters').blob()).size).toBe(26);
  const { body } = await session.get('letters');
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  expect(length).toBe(26);
});

test('session.fetch gives a Response', async () => {
  const response = await session.fetch(`${origin}letters`);
  expect([response instanceof Response, await response.text()]).toEqual([
    true,
    'abcdefghijklmnopqrstuvwxyz',
  ]);
});

test('an abort and a deadline end a call', async () => {
  const controller = new AbortController();
  const call = session.get('never', { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  const late = await session.get('never', { timeout: 50, retry: 0 }).catch((error) => error);
  expect(late instanceof TimeoutError).toBe(true);
});

test('what cannot be reached is a NetworkError', async () => {
  const error = await session.get('http://127.0.0.1:1/', { retry: 0 }).catch((reason) => reason);
  expect(error instanceof NetworkError).toBe(true);
});

test('what does not reach the package is refused', async () => {
  const call = session.get('letters', { proxy: 'http://127.0.0.1:1/' });
  await expect(call).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
});
