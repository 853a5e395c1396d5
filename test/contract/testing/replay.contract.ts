import { InvalidRequestError, NetworkError, type Session } from 'isosession';
import { type Har, harRecorder } from 'isosession/inspect';
import { replayTransport } from 'isosession/testing';
import { describe, expect, test } from 'vitest';
import { open, rejection, type Site, sites, thrown, withoutCode } from '../../support/contract.ts';

/** A hundred calls: reads, writes, forms, redirects. Gives what they have answered. */
async function suite(session: Session, site: Site): Promise<unknown[]> {
  const answers: unknown[] = [];
  const reply = (data: unknown) =>
    site.url('reply', { text: JSON.stringify(data), h: 'content-type: application/json' });
  for (let i = 0; i < 25; i++) {
    answers.push(await session.get(reply({ read: i })).json());
    answers.push(
      await session.post(reply({ written: true }), { json: { i, password: 'x' } }).json(),
    );
    answers.push(await session.put(reply({ put: i }), { form: { i, token: `canary${i}` } }).json());
    const { status } = await session.get('redirect', { searchParams: { to: reply({ at: i }) } });
    answers.push(status);
  }
  return answers;
}

/** An archive of one entry each. */
function archive(...entries: { method?: string; url: string; status?: number; text?: string }[]) {
  const har: Har = {
    log: { version: '1.2', creator: { name: 'test', version: '1' }, entries: [] },
  };
  for (const { method = 'GET', url, status = 200, text } of entries) {
    const none = { httpVersion: 'HTTP/1.1', cookies: [], headersSize: -1, bodySize: 0 };
    const content = { size: text?.length ?? 0, mimeType: '', ...(text !== undefined && { text }) };
    har.log.entries.push({
      startedDateTime: '2026-01-01T00:00:00.000Z',
      time: 0,
      request: { ...none, method, url, headers: [], queryString: [] },
      response: { ...none, status, statusText: '', headers: [], redirectURL: '', content },
      cache: {},
      timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: 0, receive: 0 },
    });
  }
  return har;
}

const origin = 'https://api.example.com';

describe('a recording', () => {
  test('of a hundred calls answers them ten times without a network', async () => {
    const { a } = sites();
    const live = open({ baseUrl: a.base });
    const recorder = harRecorder(live);
    const answers = await suite(live, a);
    const har = recorder.stop();
    expect(answers).toHaveLength(100);
    expect(JSON.stringify(har)).not.toContain('canary');
    const seen = (await a.requests()).length;

    for (let run = 0; run < 10; run++) {
      const offline = open({ baseUrl: a.base, transport: replayTransport(har) });
      expect(await suite(offline, a)).toEqual(answers);
    }
    expect(await a.requests()).toHaveLength(seen);
  });

  test('answers equal requests in their order, whatever comes between, each once', async () => {
    const har = archive(
      { url: `${origin}/a`, text: '1' },
      { url: `${origin}/b`, text: 'b' },
      { url: `${origin}/a`, text: '2' },
    );
    const session = open({ baseUrl: `${origin}/`, transport: replayTransport(har) });
    const texts = ['a', 'a', 'b'].map((path) => session.get(path).text());
    expect(await Promise.all(texts)).toEqual(['1', '2', 'b']);
    const error = await rejection(session.get('a'), InvalidRequestError);
    expect(withoutCode(error)).toBe(`GET ${origin}/a is asked more often than it was recorded`);
  });

  test('matched by URL alone answers any body, and the last one again', async () => {
    const har = archive(
      { method: 'POST', url: `${origin}/a`, text: '1' },
      { method: 'POST', url: `${origin}/a`, text: '2' },
    );
    const transport = replayTransport(har, { match: 'url' });
    const session = open({ baseUrl: `${origin}/`, transport });
    const texts: string[] = [];
    for (const json of [1, 2, 3]) texts.push(await session.post('a', { json }).text());
    expect(texts).toEqual(['1', '2', '2']);
  });

  test('F64: fails a request that is not in it at once, and shows the nearest', async () => {
    const har = archive({ url: `${origin}/users/1` }, { url: `${origin}/orders` });
    const session = open({ baseUrl: `${origin}/`, transport: replayTransport(har) });
    const message = async (call: Promise<unknown>) =>
      withoutCode(await rejection(call, InvalidRequestError));
    expect(await message(session.get('users/2?token=canary'))).toBe(
      `GET ${origin}/users/2?token=[redacted] is not in the recording; ` +
        `the nearest is GET ${origin}/users/1`,
    );
    expect(await message(session.query('orders', { body: 'x' }))).toContain(`GET ${origin}/orders`);
    const empty = open({ transport: replayTransport(archive()) });
    expect(await message(empty.get(origin))).toContain('not in the recording, which is empty');
  });

  test('takes what was redacted for anything, and nothing else', async () => {
    const har = archive({ method: 'POST', url: `${origin}/a?key=[redacted]&page=1` });
    Object.assign(har.log.entries[0]!.request, {
      postData: {
        mimeType: 'application/json',
        text: '{"pin":"[redacted]","to":"/x?code=[redacted]","list":[1,{"a":null}]}',
      },
    });
    const post = (query: string, json: object) =>
      open({ transport: replayTransport(har) }).post(`${origin}/a?${query}`, { json });
    const body = { list: [1, { a: null }], to: '/x?code=77', pin: 1234 };
    expect((await post('key=7&page=1', body)).status).toBe(200);
    for (const [query, json] of [
      ['key=7&page=2', body],
      ['key=7&page=1&more=1', body],
      ['key=7', body],
      ['key=7&page=1', { ...body, list: [1] }],
      ['key=7&page=1', { ...body, list: { 0: 1, 1: { a: null } } }],
      ['key=7&page=1', { ...body, to: '/y?code=77' }],
      ['key=7&page=1', { ...body, more: 1 }],
    ] as const)
      await rejection(post(query, json), InvalidRequestError);
    const other = await rejection(post('key=7&page=1', {}), InvalidRequestError);
    expect(other.message).toContain('was recorded with another body');
  });

  test('F64: that has left a body out fails who reads it, and not who does not', async () => {
    const har = archive({ url: `${origin}/page` }, { url: `${origin}/page` });
    for (const { response } of har.log.entries)
      response.content = { size: 9, mimeType: '', comment: 'left out: it may hold secrets' };
    const session = open({ transport: replayTransport(har) });
    expect((await session.get(`${origin}/page`)).status).toBe(200);
    const error = await rejection(session.get(`${origin}/page`).text(), InvalidRequestError);
    expect(error.message).toContain(
      `The body of GET ${origin}/page is not in the recording: left out: it may hold secrets`,
    );
  });

  test('keeps failures, bytes, headers of several lines and empty bodies', async () => {
    const har = archive(
      { url: `${origin}/down`, status: 0 },
      { url: `${origin}/bytes`, text: 'AP8B' },
      { url: `${origin}/none`, status: 204 },
      { method: 'HEAD', url: `${origin}/head`, text: 'of another method' },
    );
    const [down, bytes] = har.log.entries;
    down!._error = 'NetworkError: refused';
    bytes!.response.content.encoding = 'base64';
    bytes!.response.headers = [
      { name: ':status', value: '200' },
      { name: 'x-a', value: '1\n2' },
    ];
    const session = open({ baseUrl: `${origin}/`, retry: 0, transport: replayTransport(har) });
    const error = await rejection(session.get('down'), NetworkError);
    expect(error.message).toContain('it had failed as it was recorded: NetworkError: refused');
    const response = await session.get('bytes');
    expect(response.headers.get('x-a')).toBe('1, 2');
    expect([...(await response.bytes())]).toEqual([0, 255, 1]);
    expect((await session.get('none')).status).toBe(204);
    expect(await session.head('head').text()).toBe('');
  });

  test('that is none is refused by the field that is wrong', () => {
    const broken = [
      [null, 'har: must be an object'],
      [{ log: {} }, 'har.log: entries must be an array'],
      [{ log: { entries: [{}] } }, 'har.log.entries[0].request: must be an object'],
      [archive({ url: '/relative' }), 'request: url must be a URL'],
      [archive({ url: origin, status: 99 }), 'response: status must be 0, or from 200 to 599'],
    ] as const;
    for (const [har, message] of broken)
      expect(thrown(() => replayTransport(har as Har), InvalidRequestError).message).toContain(
        message,
      );
    const match = 'loose' as 'url';
    thrown(() => replayTransport(archive(), { match }), InvalidRequestError);
  });
});
