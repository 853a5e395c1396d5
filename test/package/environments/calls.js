/**
 * What a program does with a session, by the globals that its test environment gives it. Vitest and
 * Jest run it from the packed tarball, without anything of the repository.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { NetworkError, Session, SessionResponse } from 'isosession';

const origin = readFileSync('origin.txt', 'utf8');
/** As a module that a server renders, too, makes its session. */
const relative = new Session({ baseUrl: '/api/' });
let session;
beforeEach(() => {
  session = new Session({ baseUrl: origin });
});
afterEach(() => session.close());

/** What the server was sent. */
const post = (options) => session.post('echo', options).json();

test('JSON is sent and read', async () => {
  const { body, headers } = await post({ json: { a: 'é' }, headers: { 'x-a': '1' } });
  expect([JSON.parse(body), headers['x-a']]).toEqual([{ a: 'é' }, '1']);
});

test("a session's headers are live, and Headers", async () => {
  session.headers.set('x-b', '2');
  session.headers.append('x-b', '3');
  session.headers.set('x-c', '4');
  session.headers.delete('x-c');
  expect(session.headers instanceof Headers).toBe(true);
  const { headers } = await post({ json: 1 });
  expect([headers['x-b'], headers['x-c']]).toEqual(['2, 3', undefined]);
});

test('a form of text and files is sent', async () => {
  const form = new FormData();
  form.append('name', 'é');
  form.append('file', new Blob(['of a file'], { type: 'text/plain' }), 'a.txt');
  const { body, headers } = await post({ body: form });
  expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(body).toContain('name="name"\r\n\r\né\r\n');
  // happy-dom forgets the name of a Blob.
  expect(body).toMatch(
    /filename="(?:a\.txt|blob)"\r\ncontent-type: text\/plain\r\n\r\nof a file\r\n/i,
  );
});

test('a Blob is sent, and names its type', async () => {
  const { body, headers } = await post({ body: new Blob(['of a blob'], { type: 'text/x-a' }) });
  expect([body, headers['content-type']]).toEqual(['of a blob', 'text/x-a']);
});

test.each([
  ['of this realm', () => new Uint8Array([65, 66])],
  ['of an encoder', () => new TextEncoder().encode('AB')],
  ['in a buffer', () => new Uint8Array([65, 66]).buffer],
])('bytes %s are sent', async (_, make) => {
  expect(await post({ body: make() })).toMatchObject({ body: 'AB' });
});

test('parameters are read as a body and as a query', async () => {
  const parameters = new URLSearchParams({ a: '1' });
  const { body, url } = await post({ body: parameters, searchParams: parameters });
  expect([body, url]).toEqual(['a=1', '/echo?a=1']);
});

test('a URL object is an input', async () => {
  expect(await session.get(new URL('echo', origin)).json()).toMatchObject({ method: 'GET' });
});

test("a relative URL resolves against a document's base, and else says what to do", async () => {
  if (!globalThis.document) {
    await expect(relative.get('echo')).rejects.toMatchObject({
      code: 'ERR_INVALID_REQUEST',
      message: expect.stringContaining('make baseUrl absolute'),
    });
    return;
  }
  document.head.innerHTML = `<base href="${origin}below/">`;
  expect(await relative.get('echo').json()).toMatchObject({ url: '/api/echo' });
  expect(await new Session().get('echo').json()).toMatchObject({ url: '/below/echo' });
});

test('a response is a Response, and so is its clone', async () => {
  const response = await session.get('echo');
  const clone = response.clone();
  for (const one of [response, clone]) {
    expect(one instanceof Response).toBe(true);
    expect(one instanceof SessionResponse).toBe(true);
    expect(one.headers instanceof Headers).toBe(true);
    expect(await one.json()).toMatchObject({ method: 'GET' });
  }
});

test('a body is read as a Blob, as bytes, and as a stream', async () => {
  expect((await session.get('letters').blob()).size).toBe(26);
  expect((await session.get('letters').bytes()).length).toBe(26);
  const { body } = await session.get('letters');
  let length = 0;
  for await (const chunk of body) length += chunk.length;
  expect(length).toBe(26);
});

test.each(['before', 'during'])('an abort %s a call ends it', async (when) => {
  const controller = new AbortController();
  if (when === 'before') controller.abort();
  const call = session.get('never', { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ name: 'AbortError' });
});

test('what cannot be reached is a NetworkError', async () => {
  const error = await session.get('http://127.0.0.1:1/', { retry: 0 }).catch((reason) => reason);
  expect(error instanceof NetworkError).toBe(true);
});

test('middleware changes headers, and answers by a Response of its own', async () => {
  session.use((request, next) => {
    request.headers.set('x-a', '2');
    return request.url.pathname === '/own' ? new Response('my own') : next(request);
  });
  expect(await post({ json: 1 })).toMatchObject({ headers: { 'x-a': '2' } });
  expect(await session.get('own').text()).toBe('my own');
});

test('session.fetch takes a Request and Headers', async () => {
  const headers = new Headers({ 'x-a': '1' });
  const init = { method: 'POST', body: 'sent', headers };
  expect(await (await session.fetch(`${origin}echo`, init)).json()).toMatchObject({ body: 'sent' });
  const request = new Request(`${origin}echo`, { headers });
  expect(await (await session.fetch(request)).json()).toMatchObject({ headers: { 'x-a': '1' } });
});
