import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { basic, bearer, type RequestOptions, Session } from 'isosession';
import { toCurl } from 'isosession/inspect';
import { describe, expect, test } from 'vitest';
import { open } from '../support/contract.ts';
import { describeWith } from '../support/describe-with.ts';
import { Random } from '../support/random.ts';
import { always, answer, rawServer, type RawRequest } from '../support/raw-server.ts';

/** Runs a command, which may be longer than an argument. */
async function run(command: string): Promise<void> {
  const running = promisify(execFile)('/bin/sh', ['-s']);
  running.child.stdin?.end(`${command} --silent --show-error\n`);
  await running;
}

/** What the server has got, but for what belongs to the connection and who says that it asks. */
function essence({ method, target, lines, body }: RawRequest): object {
  const fields = lines
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    })
    .filter(([name]) => name !== 'connection' && name !== 'user-agent')
    .map((field) => field.join(': '))
    .sort();
  return { method, target, fields, body };
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PURGE', 'HEAD'];
const oddities = [
  'plain',
  "it's",
  '"quoted" $HOME `id` \\ \\n %d %%',
  'ünï ☃ 😀',
  '@file',
  'a\nb\r\n\tc\n',
  '!history; & | > < * ? [a] {b} ~ #',
  ' blanks ',
  '',
  '\x01\x7f',
];
/** What may stand in a header. */
const values = oddities
  .map((text) => Buffer.from(text).toString('latin1'))
  .filter((text) => !/[^\t\x20-\x7e\x80-\xff]/.test(text));

/** A call as the generator makes it. */
function generate(random: Random): [path: string, options: RequestOptions] {
  const method = random.pick(methods);
  const options: RequestOptions = { method, headers: { 'x-odd': random.pick(values) } };
  if (random.chance(0.3)) options.searchParams = { q: random.pick(oddities), '[a]': '{b}' };
  if (random.chance(0.3)) options.cookies = { theme: 'dark', odd: 'a=b' };
  if (random.chance(0.3))
    options.auth = random.pick([basic('ann', 'p@ss:"w\'ord'), bearer('a.b-c')]);
  if (random.chance(0.2))
    options.headers = { accept: null, 'accept-encoding': null, 'x-empty': '' };
  if (method !== 'GET' && method !== 'HEAD')
    Object.assign(
      options,
      random.pick([
        () => ({}),
        () => ({ json: { text: random.pick(oddities), list: [1, null] } }),
        () => ({ form: { text: random.pick(oddities), 'a b': 1 } }),
        () => ({ body: random.pick(oddities) }),
        () => ({ body: random.bytes(random.below(400)) }),
        () => ({ body: random.pick(oddities), headers: { 'content-type': null } }),
        () => ({ body: 'x'.repeat(200_000) }),
      ])(),
    );
  return [random.pick(['', 'a/b', '%7Ea/%2e', "it's", 'ü']), options];
}

describeWith(['curl'], 'a command for curl', () => {
  test('sends what was sent, for 200 requests', { timeout: 120_000 }, async () => {
    const server = await rawServer(always(answer('ok')));
    const random = new Random(20);
    await using session = open({ baseUrl: `${server.origin}/`, retry: 0 });
    await session.cookies.set('kept=yes "no"', server.origin);

    for (let index = 0; index < 200; index++) {
      const [path, options] = generate(random);
      const response = await session.request(path, options);
      await response.text();
      const command = toCurl(response, { secrets: true });
      await run(command);
      const [ours, theirs] = server.requests.slice(-2) as [RawRequest, RawRequest];
      expect(essence(theirs), command).toEqual(essence(ours));
    }
    expect(server.requests).toHaveLength(400);
  });

  test('sends a form with files, and a stream that it is given', async () => {
    const server = await rawServer(always(answer('ok')));
    await using session = open();
    const form = new FormData();
    form.append('text', "it's; type=text/html");
    const sent = await session.post(server.origin, { body: form });
    await run(toCurl(sent, { secrets: true }));
    const [ours, theirs] = server.requests as [RawRequest, RawRequest];
    const partsOf = ({ head, body }: RawRequest) => {
      const [, boundary = ''] = /boundary=([^\r]+)/.exec(head) ?? [];
      return body.replaceAll(boundary, '…').toLowerCase();
    };
    expect(partsOf(theirs).replace(/\r\n--…--\s*$/, '')).toBe(
      partsOf(ours).replace(/\r\n--…--\s*$/, ''),
    );

    const streamed = await session.post(server.origin, {
      async *body() {
        yield 'piece by piece';
      },
    });
    await run(`printf 'piece by piece' | ${toCurl(streamed)}`);
    expect(server.requests.at(-1)?.body).toBe('piece by piece');
    expect(server.requests.at(-1)?.head).toContain('chunked');
  });
});

describe('a command', () => {
  test('L30: shows no secret, unless it is asked to', async () => {
    const server = await rawServer(always(answer('ok')));
    await using session = new Session({
      baseUrl: `${server.origin}/`,
      auth: bearer('canary1'),
      searchParams: { tenant: 'canary2' },
      cookies: undefined,
    });
    const response = await session.post('items?token=canary3', {
      headers: { 'x-api': 'canary4' },
      cookies: { sid: 'canary5' },
      json: { password: 'canary6', name: 'ann', deep: [{ apiKey: 'canary7' }] },
    });
    expect(toCurl(response)).not.toContain('canary');
    expect(toCurl(response)).toContain('"name":"ann"');
    expect(toCurl(response.request)).not.toContain('canary');
    expect(toCurl(response, { secrets: true }).match(/canary/g)).toHaveLength(7);

    const plain = await session.post('note', { body: 'canary8' });
    expect(toCurl(plain)).not.toContain('canary');
    expect(toCurl(plain)).toContain("--data-raw '[redacted]'");
  });

  test('can be had of what a middleware is given, and of an error', async () => {
    const commands: string[] = [];
    await using session = new Session({ retry: 0 });
    session.use((request, next) => {
      commands.push(toCurl(request));
      return next(request);
    });
    const error: unknown = await session
      .post('http://127.0.0.1:1/', { form: { password: 'canary', a: 1 } })
      .catch((reason: unknown) => reason);
    commands.push(toCurl((error as { request: Parameters<typeof toCurl>[0] }).request));
    for (const command of commands) {
      expect(command).toContain("--data-raw 'password=[redacted]&a=1'");
      expect(command).toContain('http://127.0.0.1:1/');
    }
  });
});
