import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis as Client } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { missing } from '../test/support/real-servers.mjs';
import { type Redis, startRedis } from '../test/support/redis.ts';

const noRedis = missing('redis');
let redis: Redis;
let origin: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  if (noRedis !== undefined) return;
  redis = await startRedis();
  const start = fileURLToPath(new URL('../examples/notes/start.mjs', import.meta.url));
  const child = execFile(process.execPath, [start], {
    env: { ...process.env, REDIS: redis.url },
  });
  stop = async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  let text = '';
  for await (const chunk of child.stdout?.setEncoding('utf8') ?? [])
    if ((text += chunk as string).includes('Ctrl-C')) break;
  origin = /^Notes: (\S+)$/m.exec(text)?.[1] ?? '';
});

afterAll(async () => {
  if (noRedis !== undefined) return;
  await stop();
  await redis.close();
});

/** A visitor without a script, each of whose requests is a connection of its own. */
class Visitor {
  cookie = '';
  readonly servers = new Set<string | null>();

  async open(path = '/', form?: Record<string, string>): Promise<Response> {
    const response = await fetch(origin + path, {
      redirect: 'manual',
      headers: { origin, connection: 'close', cookie: this.cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    this.servers.add(response.headers.get('x-served-by'));
    for (const line of response.headers.getSetCookie()) [this.cookie = ''] = line.split(';');
    return response;
  }

  readonly logIn = (name: string, password = 'notes'): Promise<Response> =>
    this.open('/login', { name, password });
}

describe.skipIf(noRedis !== undefined)('three processes behind one port', () => {
  test('S23: share the logins of their visitors, and mix up none', async () => {
    const servers = new Set<string | null>();
    await Promise.all(
      ['ann', 'bob', 'cem'].map(async (name) => {
        const visitor = new Visitor();
        expect((await visitor.logIn(name)).status).toBe(303);
        expect(visitor.cookie).toMatch(/^visit=[\da-f-]{36}$/);
        for (let i = 0; i < 6; i++) {
          await visitor.open('/notes', { text: `note ${i} of ${name}` });
          const [page] = (await (await visitor.open()).text()).split('<script');
          expect(page).toContain(`<span>${name}</span>`);
          expect(page?.match(/note \d of \w+/g)).toEqual(
            Array.from({ length: i + 1 }, (_, n) => `note ${i - n} of ${name}`),
          );
        }
        for (const server of visitor.servers) servers.add(server);
      }),
    );
    expect(servers.size).toBe(3);
  });

  test('give the browser an id alone, another one at each login', async () => {
    const visitor = new Visitor();
    visitor.cookie = `visit=${crypto.randomUUID()}`;
    const brought = visitor.cookie;
    const response = await visitor.logIn('dora');
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(visitor.cookie).not.toBe(brought);
    const page = await (await visitor.open()).text();
    expect(page).toContain('<span>dora</span>');
    expect(page).not.toContain('<script type="module"');
  });

  test('keep nothing of who is not logged in, or has logged out', async () => {
    const client = new Client(redis.url);
    onTestFinished(() => client.disconnect());
    const count = async (): Promise<number> => (await client.keys('notes:session:*')).length;
    const before = await count();
    const visitor = new Visitor();
    await visitor.open();
    const refused = await visitor.logIn('eve', 'wrong');
    expect([refused.status, visitor.cookie, await count()]).toEqual([401, '', before]);
    await visitor.logIn('eve');
    const copy = visitor.cookie;
    expect(await count()).toBe(before + 1);
    await visitor.open('/logout', {});
    expect([visitor.cookie, await count()]).toEqual(['visit=', before]);
    visitor.cookie = copy;
    expect(await (await visitor.open()).text()).toContain('<h2 id="login-title">Log in</h2>');
  });
});
