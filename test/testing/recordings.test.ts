import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import validator from 'har-validator';
import { basic, InvalidRequestError, NetworkError, type Session, type Transport } from 'isosession';
import type { Har } from 'isosession/inspect';
import { undiciTransport } from 'isosession/node';
import { recordTransport, replayTransport, type RedactRules } from 'isosession/testing';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { open, rejection } from '../support/contract.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let file: string;

beforeEach(() => {
  file = join(temporaryFolder(), 'recordings', 'api.har');
});

async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ origin: string; stop(): void }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

const har = async (): Promise<Har> => JSON.parse(await readFile(file, 'utf8')) as Har;

/** Records what `run` does. */
async function record(
  origin: string,
  run: (session: Session) => Promise<unknown>,
  redact?: RedactRules | false,
): Promise<void> {
  const transport = recordTransport(file, { transport: undiciTransport(), redact });
  await using session = open({ baseUrl: `${origin}/`, transport, retry: 0 });
  await run(session);
}

const replaying = (origin: string, transport: Transport = replayTransport(file)): Session =>
  open({ baseUrl: `${origin}/`, transport, retry: 0 });

describe('a recording in a file', () => {
  test('of a hundred calls answers them ten times when the server is gone', async () => {
    let count = 0;
    const { origin, stop } = await serve((request, response) => {
      if (request.url === '/login')
        response.writeHead(303, { location: '/me', 'set-cookie': 'sid=canary; Path=/' }).end();
      else if (request.url?.startsWith('/next'))
        response.writeHead(200, { link: '</next?page=2>; rel="next"' }).end('{}');
      else response.setHeader('content-type', 'application/json').end(`{"count":${++count}}`);
    });
    const suite = async (session: Session): Promise<unknown[]> => {
      const answers: unknown[] = [];
      for (let i = 0; i < 25; i++) {
        const login = session.post('login', { form: { password: 'canary' } });
        answers.push((await login).history.map(({ status }) => status));
        answers.push(await login.json());
        const calls = [1, 2, 3].map((id) => session.get(`items/${id}`).json());
        answers.push(await Promise.all(calls));
      }
      return answers;
    };
    let answers: unknown[] = [];
    await record(origin, async (session) => {
      session.auth = basic('ann', 'canary');
      answers = await suite(session);
    });
    stop();

    expect((await har()).log.entries).toHaveLength(125);
    expect(answers[0]).toEqual([303]);
    for (let run = 0; run < 10; run++) {
      const session = replaying(origin, replayTransport(pathToFileURL(file)));
      expect(await suite(session)).toEqual(answers);
      // The cookie is there, and its value is not.
      expect(await session.cookies.get('sid', origin)).toMatchObject({ value: '[redacted]' });
    }
  });

  test('L33: holds no secret, and is a valid archive', async () => {
    const { origin } = await serve((request, response) => {
      response.setHeader('set-cookie', ['sid=canary1; HttpOnly', 'canary2']);
      response.setHeader('x-secret', 'canary3');
      if (request.url?.startsWith('/from'))
        response.writeHead(307, { location: '/to?code=canary4' }).end();
      else if (request.url?.startsWith('/page'))
        response.setHeader('content-type', 'text/html').end('<meta content="canary5">');
      else
        response
          .setHeader('content-type', 'application/json')
          .end('{"access_token":"canary6","deep":[{"sessionId":"canary7"}],"name":"ann"}');
    });
    const run = async (session: Session): Promise<void> => {
      session.auth = basic('ann', 'canary8');
      session.headers.set('x-api', 'canary9');
      await session.post('from?token=canary10', { json: { password: 'canary11' } }).json();
      await session.post('page', { form: { otp: 'canary12', a: 1 } }).text();
      await session.post('page', { body: 'canary13' }).text();
      await session.post('page', { body: new TextEncoder().encode('canary14') }).text();
      const form = new FormData();
      form.append('password', 'canary15');
      form.append('name', 'ann');
      await session.post('page', { body: form, cookies: { own: 'canary16' } }).text();
      await session.get('page', { signal: AbortSignal.timeout(0) }).catch(() => undefined);
      await session.get('http://127.0.0.1:1/?key=canary17').catch(() => undefined);
    };
    await record(origin, run);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain('canary');
    expect(text).not.toContain(btoa('ann:canary8'));
    expect(text).toContain('sid=[redacted]; HttpOnly');
    expect(text).toContain(String.raw`\"name\":\"ann\"`);
    await validator.har(await har());

    await record(origin, run, false);
    const whole = await readFile(file, 'utf8');
    expect(new Set(whole.match(/canary\d+/g)).size).toBeGreaterThan(15);
    await validator.har(await har());
  });

  test('is redacted by rule: further names, names to keep, and texts', async () => {
    const { origin } = await serve((request, response) => {
      response.setHeader('link', '</b?ssn=canary>; rel="next"').setHeader('x-tenant', 'canary');
      const isPage = request.url?.startsWith('/page');
      response.setHeader('content-type', isPage ? 'text/html' : 'application/json');
      response.end(
        isPage ? '<b>canary</b> text' : '{"code":"E17","SSN":"canary","token":"canary"}',
      );
    });
    const rules: RedactRules = {
      names: ['ssn', 'X-Tenant'],
      keep: ['Link', 'code'],
      body: (text, type) => (type === 'text/html' ? text.replace('canary', '…') : undefined),
    };
    const run = async (session: Session): Promise<unknown[]> => {
      const response = await session.get('data?ssn=canary');
      return [response.links['next']?.url.split('?')[0], await response.json<{ code: string }>()];
    };
    await record(
      origin,
      async (session) => [await run(session), await session.get('page').text()],
      rules,
    );
    expect(await readFile(file, 'utf8')).not.toContain('canary');
    const session = replaying(origin);
    expect(await run(session)).toMatchObject([`${origin}/b`, { code: 'E17', SSN: '[redacted]' }]);
    expect(await session.get('page').text()).toBe('<b>…</b> text');
  });

  test('has what was read of a body, streams in passing, and what had failed', async () => {
    const { origin, stop } = await serve((request, response) => {
      if (request.url === '/reset') request.socket.destroy();
      else request.resume().on('end', () => response.end('{"ok":1}'));
      response.setHeader('content-type', 'application/json');
    });
    const upload = async function* () {
      yield 'a';
      yield 'b';
    };
    await record(origin, async (session) => {
      await session.post('upload', { body: upload }).json();
      await (await session.get('unread')).body?.cancel();
      await session.get('reset').catch(() => undefined);
      expect((await session.delete('status')).status).toBe(200);
    });
    stop();
    const session = replaying(origin);
    expect(await session.post('upload', { body: upload }).json()).toEqual({ ok: 1 });
    const unread = await session.get('unread');
    expect(unread.status).toBe(200);
    const error = await rejection(unread.json(), InvalidRequestError);
    expect(error.message).toContain('left out: not read to its end');
    await rejection(session.get('reset'), NetworkError);
    expect((await session.delete('status')).status).toBe(200);
  });

  test('is written anew by each close, whole, with all that came so far', async () => {
    const { origin } = await serve((_, response) => void response.end());
    const transport = recordTransport(file);
    for (let sessions = 1; sessions <= 2; sessions++) {
      const session = open({ transport });
      await session.get(origin).text();
      if (sessions === 1) await session.close();
      else await session.destroy();
      expect((await har()).log.entries).toHaveLength(sessions);
    }
  });

  test('that is not there, or is none, is told with its name', async () => {
    const message = async () =>
      (await rejection(replaying('http://127.0.0.1:1').get(''), InvalidRequestError)).message;
    expect(await message()).toMatch(/api\.har cannot be read: .*ENOENT/);
    await recordTransport(file).close();
    await writeFile(file, '{"log":{"entries":[{}]}}');
    expect(await message()).toMatch(/api\.har cannot be read: .*request: must be an object/);
  });
});
