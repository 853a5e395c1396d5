import { inspect } from 'node:util';
import { CookieJar } from 'tough-cookie';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SessionJar } from '../../src/cookies/session-jar.ts';
import { newJar, respond, send } from './jars.ts';

const url = 'https://example.com/app/page';

afterEach(() => {
  vi.useRealTimers();
});

describe('a response that sets the same cookies again', () => {
  it('sets them again when they have been changed, removed or cleared since', async () => {
    const jar = newJar(new URL(url));
    const lines = ['a=1; HttpOnly', 'b=2'];
    respond(jar, url, ...lines);
    await jar.set('a=script');
    respond(jar, url, ...lines);
    expect(send(jar, url)).toBe('a=1; b=2');
    await jar.delete('b');
    respond(jar, url, ...lines);
    expect(send(jar, url)).toBe('a=1; b=2');
    await jar.clear();
    respond(jar, url, ...lines);
    expect(send(jar, url)).toBe('a=1; b=2');
  });

  it('sets them again when only a flag has been changed since', async () => {
    const jar = newJar(new URL(url));
    respond(jar, url, 'a=1; HttpOnly');
    await jar.set('a=1');
    expect(await jar.header(url, { http: false })).toBe('a=1');
    respond(jar, url, 'a=1; HttpOnly');
    expect(await jar.header(url, { http: false })).toBe('');
  });

  it('sets them again at another path, which is their default-path', () => {
    const jar = newJar();
    respond(jar, url, 'a=1');
    respond(jar, 'https://example.com/app/other', 'a=1');
    expect(jar.size).toBe(1);
    respond(jar, 'https://example.com/shop/page', 'a=1');
    expect(jar.size).toBe(2);
    respond(jar, 'https://www.example.com/app/page', 'a=1');
    expect(jar.size).toBe(3);
  });

  it('prolongs what ends by itself, however soon it comes again', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, url, 'a=1; Max-Age=1');
    vi.advanceTimersByTime(900);
    respond(jar, url, 'a=1; Max-Age=1');
    vi.advanceTimersByTime(900);
    expect(send(jar, url)).toBe('a=1');
  });

  it('is stored once what refused it has ended', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, url, 'a=secure; Secure; Max-Age=1; Path=/');
    const insecure = url.replace('https', 'http');
    respond(jar, insecure, 'a=1');
    expect(send(jar, insecure)).toBe('');
    vi.advanceTimersByTime(1000);
    respond(jar, insecure, 'a=1');
    expect(send(jar, insecure)).toBe('a=1');
  });

  it('keeps the cookies in use, also those that no request sends', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    const kept = 'kept=1; Path=/elsewhere';
    for (const batch of [0, 1, 2, 3]) {
      const names = Array.from({ length: batch < 3 ? 45 : 44 }, (_, n) => `c${batch}-${n}`);
      respond(jar, url, ...names.map((name) => `${name}=1; Path=/app`));
    }
    respond(jar, url, kept);
    vi.advanceTimersByTime(2000);
    send(jar, url);
    vi.advanceTimersByTime(500);
    respond(jar, url, kept);
    vi.advanceTimersByTime(500);
    respond(jar, url, 'one=too many');
    expect(jar.size).toBe(180);
    expect(send(jar, 'https://example.com/elsewhere')).toBe('kept=1');
  });
});

it.each([
  { name: 'our own store', jar: undefined },
  { name: "tough-cookie's store", jar: new CookieJar() },
])('what a session shares over $name is printed without its cookies', async ({ jar }) => {
  const cookies = new SessionJar(jar, () => new URL(url));
  await cookies.set('sid=topsecret');
  expect(inspect(cookies.shared, { depth: Infinity, customInspect: false })).not.toContain(
    'topsecret',
  );
});
