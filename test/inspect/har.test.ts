import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import validator from 'har-validator';
import { basic, Session } from 'isosession';
import { digest } from 'isosession/auth';
import { type Har, harRecorder } from 'isosession/inspect';
import { chromium } from 'playwright';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findChromium, launchArguments } from '../support/chromium.mjs';
import { open } from '../support/contract.ts';
import { openHttp2, reply, serveHttp2 } from '../support/http2.ts';

async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Throws, with what is wrong, for what is no archive. */
async function expectValid(har: Har): Promise<void> {
  await validator.har(structuredClone(har)).catch((error: { errors: unknown }) => {
    throw new Error(JSON.stringify(error.errors, null, 1));
  });
  expect(JSON.parse(JSON.stringify(har))).toEqual(har);
}

const statuses = ({ log }: Har) => log.entries.map(({ response }) => response.status);

describe('an archive of what a session does', () => {
  test('has every redirect, attempt and answer to a challenge, and is valid', async () => {
    let busy = true;
    const origin = await serve((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/busy?a=1' }).end();
      else if (request.url === '/private' && !request.headers.authorization)
        response
          .writeHead(401, { 'www-authenticate': 'Digest realm="r", nonce="n", qop="auth"' })
          .end();
      else if (request.url?.startsWith('/busy') && busy) {
        busy = false;
        response.writeHead(503, { 'retry-after': '0' }).end();
      } else {
        response.setHeader('set-cookie', [
          'a=1; Path=/; HttpOnly; SameSite=lax; Expires=Wed, 01 Jan 2098 00:00:00 GMT',
          'b=2; Domain=127.0.0.1; Secure',
        ]);
        response.setHeader('content-encoding', 'gzip');
        response.setHeader('content-type', 'text/plain');
        response.end(gzipSync('the text'));
      }
    });
    await using session = open({ baseUrl: `${origin}/`, auth: digest('ann', 'secret') });
    const recorder = harRecorder(session, { secrets: true });
    await session.get('from').text();
    await session.post('private', { form: { x: 1 }, headers: { cookie: 'c=3; d=4' } }).text();
    await session.get('http://127.0.0.1:1/', { retry: 0 }).catch(() => {});
    const har = recorder.stop();
    await session.get('from').text();

    await expectValid(har);
    expect(har).toEqual(recorder.har());
    expect(statuses(har)).toEqual([302, 503, 302, 200, 401, 200, 0]);
    const { entries } = har.log;
    expect(entries.map(({ _attempt, _hop }) => [_attempt, _hop])).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [2, 1],
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(entries[0]?.response.redirectURL).toBe('/busy?a=1');
    expect(entries[1]?.request.queryString).toEqual([{ name: 'a', value: '1' }]);
    expect(entries[3]?.response.content).toEqual({
      size: 8,
      mimeType: 'text/plain',
      text: 'the text',
    });
    expect(entries[3]?.response.cookies[0]).toEqual({
      name: 'a',
      value: '1',
      path: '/',
      httpOnly: true,
      secure: false,
      sameSite: 'Lax',
      expires: '2098-01-01T00:00:00.000Z',
    });
    expect(entries[5]?.request).toMatchObject({
      bodySize: 3,
      postData: { text: 'x=1' },
      cookies: expect.arrayContaining([
        { name: 'c', value: '3' },
        { name: 'd', value: '4' },
      ]),
    });
    expect(entries[6]).toMatchObject({ _error: expect.stringContaining('ECONNREFUSED') });
  });

  test('tells where the time went, by the timings of Node', async () => {
    const { origin } = await serveHttp2((stream) => reply(stream));
    await using session = openHttp2();
    using recorder = harRecorder(session);
    const first = await session.get(origin);
    await first.text();
    await session.get(origin).text();

    const [opened, reused] = recorder.har().log.entries;
    expect(opened).toMatchObject({
      serverIPAddress: '127.0.0.1',
      request: { httpVersion: 'HTTP/2' },
      timings: { ssl: first.timings?.tls, wait: first.timings?.wait },
    });
    expect(opened?.time).toBeGreaterThanOrEqual(first.elapsed - Number(first.timings?.tls));
    expect(reused).toMatchObject({
      timings: { blocked: -1, dns: -1, connect: -1, ssl: -1 },
      connection: opened?.connection,
    });
    await expectValid(recorder.har());
  });

  test('L30: holds no secret, unless it is asked to', async () => {
    const origin = await serve((request, response) => {
      response.setHeader('set-cookie', 'sid=canary1');
      response.setHeader('x-secret', 'canary2');
      if (request.url?.startsWith('/from')) {
        response.writeHead(307, { location: '/to?code=canary3' }).end();
      } else if (request.url?.startsWith('/page')) {
        response.setHeader('content-type', 'text/html').end('<meta content="canary4">');
      } else {
        response
          .setHeader('content-type', 'application/json')
          .end('{"access_token":"canary5","deep":[{"sessionId":"canary6"}],"name":"ann"}');
      }
    });
    await using session = open({
      baseUrl: `${origin}/`,
      auth: basic('ann', 'canary7'),
      headers: { 'x-api': 'canary8' },
      searchParams: { tenant: 'canary9' },
    });
    const safe = harRecorder(session);
    const whole = harRecorder(session, { secrets: true });
    await session.post('from?token=canary10', { json: { password: 'canary11' } }).json();
    await session.post('page', { form: { otp: 'canary12', a: 1 } }).text();
    await session.post('page', { body: 'canary13' }).text();
    await session.get('page', { cookies: { own: 'canary14' } }).text();
    const plan = { method: 'GET', signal: AbortSignal.abort(new Error('canary15')) };
    await session.request('page', plan).catch(() => {});

    const text = JSON.stringify(safe.har());
    expect(text).not.toContain('canary');
    expect(text).not.toContain(btoa('ann:canary7'));
    expect(text).toContain('"text":"otp=[redacted]&a=1"');
    expect(text).toContain(String.raw`\"name\":\"ann\"`);
    expect(new Set(JSON.stringify(whole.har()).match(/canary\d+/g)).size).toBeGreaterThan(10);
    await expectValid(safe.har());
    await expectValid(whole.har());
  });

  test('leaves out what is too large, keeps bytes as base64, and has no unread body', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/bytes') response.end(Uint8Array.of(0, 255, 1));
      else response.setHeader('content-type', 'text/plain').end('x'.repeat(100));
    });
    await using session = open({ baseUrl: `${origin}/` });
    using recorder = harRecorder(session, { secrets: true, maxBody: 99 });
    await session.get('bytes').bytes();
    await session.post('large', { body: 'y'.repeat(100) }).text();
    const [bytes, large] = recorder.har().log.entries;
    expect(bytes?.response.content).toMatchObject({ size: 3, text: 'AP8B', encoding: 'base64' });
    expect(large?.response.content).toEqual({
      size: 100,
      mimeType: 'text/plain',
      comment: 'left out: larger than maxBody',
    });
    expect(large?.request.postData?.text).toBeUndefined();
    await expectValid(recorder.har());
  });

  test('is of a child, too, and costs it nothing when it is stopped', async () => {
    const origin = await serve((_, response) => void response.end('ok'));
    await using session = open();
    const recorder = harRecorder(session);
    await using child = session.extend();
    await child.get(origin).text();
    expect(recorder.stop().log.entries).toHaveLength(1);
    await child.get(origin).text();
    expect(recorder.har().log.entries).toHaveLength(1);
  });

  test("is replayed by Playwright's routeFromHAR", { timeout: 60_000 }, async () => {
    const html =
      '<title>kept</title><script>fetch("/data").then(async (r) => {' +
      'document.title += " " + (await r.json()).a + r.redirected })</script>';
    const origin = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/page' }).end();
      else if (request.url === '/page') response.setHeader('content-type', 'text/html').end(html);
      else if (request.url === '/data') response.writeHead(303, { location: '/json' }).end();
      else {
        response.setHeader('content-type', 'application/json');
        response.setHeader('content-encoding', 'gzip').end(gzipSync('{"a":7}'));
      }
    });
    await using session = new Session({ baseUrl: `${origin}/` });
    const recorder = harRecorder(session, { secrets: true });
    await session.get('').text();
    await session.get('data').json();
    const folder = await mkdtemp(join(tmpdir(), 'isosession-har-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'visit.har');
    await writeFile(file, JSON.stringify(recorder.stop()).replaceAll(origin, 'http://kept.test'));

    const executablePath = findChromium();
    const browser = await chromium.launch({
      args: launchArguments,
      ...(executablePath && { executablePath }),
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.routeFromHAR(file, { notFound: 'abort' });
    await page.goto('http://kept.test/');
    await page.waitForFunction(() => document.title.includes(' '));
    expect(await page.title()).toMatch(/^kept 7/);
  });
});
