import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { digest } from 'isosession/auth';
import { beforeAll, expect, test } from 'vitest';
import { open } from '../../support/contract.ts';
import { describeWith } from '../../support/describe-with.ts';
import { type Origin, startApache, startHttpbin } from '../../support/real-origins.ts';
import { startDigestServer } from './server.ts';

describeWith(['apache'], 'on Apache', () => {
  let apache: Origin;
  beforeAll(async () => {
    apache = await startApache({
      plain: { realm: 'A realm, with a comma', user: 'ann', password: 'se:cret' },
      domain: { realm: 'With a domain', user: 'ann', password: 'se:cret', domain: true },
      foreign: { realm: 'Ausländer', user: 'Jäsøn', password: 'pässwörd' },
      brief: { realm: 'Brief', user: 'ann', password: 'se:cret', lifetime: -1 },
    });
    return () => apache.close();
  });
  const session = (user = 'ann', password = 'se:cret') =>
    open({ baseUrl: apache.origin, auth: digest(user, password), trustEnv: false });
  /** The lines of the log that have come since a mark, which is waited for. */
  const logOf = async (mark: string): Promise<string[]> => {
    await fetch(`${apache.origin}/${mark}`);
    await expect.poll(() => apache.log()).toContain(mark);
    return apache.log().split('\n');
  };

  test('a file is read, the next one without a challenge', async () => {
    const api = session();
    expect(await api.get('plain/a').text()).toBe('plain/a');
    expect(await api.get('plain/b').text()).toBe('plain/b');
    expect(await api.get('plain/deep/c?x=%20,"').text()).toBe('plain/deep/c');
    const lines = (await logOf('mark-1')).filter((line) => /GET \/plain/.test(line));
    expect(lines.map((line) => line.slice(-3))).toEqual(['401', '200', '200', '200']);
  });

  test('the domain that Apache names is known below its other folders', async () => {
    const api = session();
    expect(await api.get('domain/deep/c').text()).toBe('domain/deep/c');
    expect(await api.get('domain/a').text()).toBe('domain/a');
    const lines = (await logOf('mark-2')).filter((line) => /GET \/domain/.test(line));
    expect(lines.map((line) => line.slice(-3))).toEqual(['401', '200', '200']);
  });

  test('a name, a password and a realm in UTF-8', async () => {
    expect(await session('Jäsøn', 'pässwörd').get('foreign/a').text()).toBe('foreign/a');
  });

  test('a hundred calls at once, and a redirect, which Apache holds to its own URL', async () => {
    const api = session();
    const texts = await Promise.all(Array.from({ length: 100 }, () => api.get('plain/a').text()));
    expect(new Set(texts)).toEqual(new Set(['plain/a']));
    const response = await api.get('go');
    expect([await response.text(), response.history.length]).toEqual(['plain/deep/c', 1]);
    expect(await api.get('go').text()).toBe('plain/deep/c');
  });

  test('a wrong password is tried once', async () => {
    const response = await session('ann', 'wrong').get('plain/wrong-password');
    expect(response.status).toBe(401);
    const lines = (await logOf('mark-3')).filter((line) => line.includes('wrong-password'));
    expect(lines.filter((line) => line.startsWith('GET'))).toHaveLength(2);
  });

  test('each of two realms has its own', async () => {
    const api = session();
    for (const path of ['plain/a', 'domain/a', 'plain/b', 'domain/b'])
      expect(await api.get(path).text()).toBe(path);
  });

  test('a nonce that is stale at once is given up after its second answer', async () => {
    const response = await session().get('brief/a');
    expect([200, 401]).toContain(response.status);
  });
});

describeWith(['httpbin'], 'on httpbin', () => {
  let httpbin: Origin;
  beforeAll(async () => {
    httpbin = await startHttpbin();
    return () => httpbin.close();
  });

  test.each(
    ['auth', 'auth-int', 'none'].flatMap((qop) =>
      ['MD5', 'SHA-256'].map((algorithm) => ({ qop, algorithm })),
    ),
  )('$algorithm with qop $qop', async ({ qop, algorithm }) => {
    const api = open({
      baseUrl: httpbin.origin,
      auth: digest('ann', 'secret'),
      trustEnv: false,
    });
    const path = `digest-auth/${qop}/ann/secret/${algorithm}`;
    for (let i = 0; i < 2; i++) {
      const response = await api.get(path);
      expect(await response.json()).toEqual({ authenticated: true, user: 'ann' });
    }
  });

  test('a nonce that grows stale, which httpbin keeps in cookies', async () => {
    const api = open({ baseUrl: httpbin.origin, auth: digest('ann', 'secret'), trustEnv: false });
    for (let i = 0; i < 3; i++) {
      const response = await api.get('digest-auth/auth/ann/secret/MD5/1');
      expect(response.status).toBe(200);
    }
  });

  test('a wrong password', async () => {
    const api = open({ baseUrl: httpbin.origin, auth: digest('ann', 'wrong'), trustEnv: false });
    expect((await api.get('digest-auth/auth/ann/secret')).status).toBe(401);
  });
});

describeWith(['curl'], 'the server of these tests', () => {
  test.each(['MD5', 'SHA-256'])('takes the answers of curl to %s', async (algorithm) => {
    const { origin, seen } = await startDigestServer({
      '/': { algorithms: [algorithm], qop: 'auth', opaque: 'o', realm: 'a "b"' },
    });
    await promisify(execFile)('curl', ['-sS', '--digest', '-u', 'u:p', `${origin}/x?y=1`]);
    expect(seen.map(({ status }) => status)).toEqual([401, 200]);
  });
});
