import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newJar, refusal, respond, send } from './jars.ts';

const day = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

describe('lifetime', () => {
  it('a cookie ends when its time has come, also in a header asked for before', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', 'short=1; Max-Age=10', 'long=1; Max-Age=100', 'session=1');
    expect(send(jar, 'http://example.com/')).toBe('short=1; long=1; session=1');
    vi.advanceTimersByTime(9_999);
    expect(send(jar, 'http://example.com/')).toBe('short=1; long=1; session=1');
    vi.advanceTimersByTime(1);
    expect(send(jar, 'http://example.com/')).toBe('long=1; session=1');
    expect(await jar.export()).toHaveLength(2);
    vi.advanceTimersByTime(90_000);
    expect(jar.size).toBe(1);
  });

  it('nothing lives longer than 400 days', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    for (const line of [
      `a=1; Max-Age=${'9'.repeat(30)}`,
      'a=1; Max-Age=99999999999',
      'a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT',
    ]) {
      expect(await jar.set(line, 'http://example.com/'), line).toMatchObject({
        expires: Date.now() + 400 * day,
      });
    }
    expect(
      await jar.set({ name: 'a', value: '1', expires: 1e15 }, 'http://example.com/'),
    ).toMatchObject({ expires: Date.now() + 400 * day });
  });

  it('a cookie in the past deletes the one it names, and only that', async () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', 'a=1; Path=/', 'b=1; Path=/');
    expect(await refusal(jar, 'a=; Path=/; Max-Age=0', 'http://example.com/')).toBe('expired');
    expect(
      await refusal(
        jar,
        'b=; Path=/x; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
        'http://example.com/',
      ),
    ).toBe('expired');
    expect(send(jar, 'http://example.com/x')).toBe('b=1');
  });

  it('a cookie that the server prolongs lives on', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    for (let i = 0; i < 10; i++) {
      respond(jar, 'http://example.com/', 'sid=1; Max-Age=10');
      expect(send(jar, 'http://example.com/')).toBe('sid=1');
      vi.advanceTimersByTime(9_000);
    }
    expect(send(jar, 'http://example.com/')).toBe('sid=1');
    vi.advanceTimersByTime(1_000);
    expect(send(jar, 'http://example.com/')).toBe('');
  });

  it('a cookie that the server shortens ends earlier', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', 'sid=1; Max-Age=100');
    expect(send(jar, 'http://example.com/')).toBe('sid=1');
    respond(jar, 'http://example.com/', 'sid=1; Max-Age=5');
    vi.advanceTimersByTime(5_000);
    expect(send(jar, 'http://example.com/')).toBe('');
  });
});

describe('limits', () => {
  it('every line of a response counts, be it behind thousands of deletions', () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', 'c7=1', 'c9999=1');
    const deletions = Array.from({ length: 10_000 }, (_, i) => `c${i}=; Max-Age=0`);
    respond(jar, 'http://example.com/', ...deletions, 'sid=1');
    expect(send(jar, 'http://example.com/')).toBe('sid=1');
  });

  it('at most 180 cookies of a host: the least recently used leave first, Secure ones last', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'https://example.com/', 'sid=1; Secure', 'used=1');
    for (let i = 0; i < 4; i++) {
      vi.advanceTimersByTime(5_000);
      respond(
        jar,
        'https://example.com/',
        ...Array.from({ length: 50 }, (_, n) => `c${i}-${n}=1; Path=/${i}`),
      );
      expect(send(jar, 'https://example.com/')).toBe('sid=1; used=1');
    }
    expect(jar.size).toBe(180);
    expect(send(jar, 'https://example.com/')).toBe('sid=1; used=1');
    // 202 were set: the 22 oldest of those that nobody used are gone.
    expect(send(jar, 'https://example.com/0').split('; ')).toHaveLength(50 - 22 + 2);
  });

  it('expired cookies leave before any other', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const jar = newJar();
    respond(jar, 'http://example.com/', ...Array.from({ length: 50 }, (_, i) => `old${i}=1`));
    vi.advanceTimersByTime(1_000);
    respond(
      jar,
      'http://example.com/',
      ...Array.from({ length: 50 }, (_, i) => `brief${i}=1; Max-Age=1`),
    );
    vi.advanceTimersByTime(1_000);
    for (let r = 0; r < 2; r++)
      respond(
        jar,
        'http://example.com/',
        ...Array.from({ length: 50 }, (_, i) => `new${r}-${i}=1`),
      );
    expect(send(jar, 'http://example.com/')).toContain('old0=1');
    expect(jar.size).toBe(150);
  });

  it('plain http cannot push Secure cookies out', async () => {
    const jar = newJar();
    for (let r = 0; r < 4; r++)
      respond(
        jar,
        'https://example.com/',
        ...Array.from({ length: 45 }, (_, i) => `s${r}-${i}=1; Secure`),
      );
    expect(await refusal(jar, 'evil=1', 'http://example.com/')).toBe('global-evicted');
    expect(jar.size).toBe(180);
    expect(await refusal(jar, 'good=1; Secure', 'https://example.com/')).toBe('stored');
    expect(jar.size).toBe(180);
  });

  it.each([
    ['http://h#.evil.example/', ''],
    ['http://h#.evil.co.uk/', ''],
    ['http://h#.evil.example./', ''],
    ['http://a-.h#.-evil-.example/', ''],
    ['http://h#.evil.example/', '; Domain=evil.example'],
    ['http://evil.github.io/#', '; Path=/#'],
    ['http://[::2]/#', '; Path=/#'],
    ['http://10.0.0.1/#', '; Path=/#'],
    ['http://localhost/#', '; Path=/#'],
  ])('at most 180 cookies of all hosts of a registrable domain, as at %s', (url, attribute) => {
    const jar = newJar();
    respond(jar, 'http://good.example/', 'sid=1');
    respond(jar, 'http://good.github.io/', 'sid=1');
    for (let host = 0; host < 20; host++)
      respond(
        jar,
        url.replace('#', `${host}`),
        ...Array.from(
          { length: 200 },
          (_, i) => `c${host}-${i}=1${attribute.replace('#', `${host}`)}`,
        ),
      );
    expect(jar.size).toBe(182);
    expect(send(jar, 'http://good.example/')).toBe('sid=1');
    expect(send(jar, 'http://good.github.io/')).toBe('sid=1');
  });

  it('a limit is counted anew when cookies have gone', async () => {
    const jar = newJar();
    const fill = (): void => {
      for (const host of ['www', 'api'])
        respond(
          jar,
          `http://${host}.example.com/`,
          ...Array.from({ length: 100 }, (_, i) => `c${i}=1`),
        );
    };
    fill();
    expect(jar.size).toBe(180);
    for (const host of ['www', 'api'])
      respond(
        jar,
        `http://${host}.example.com/`,
        ...Array.from({ length: 100 }, (_, i) => `c${i}=; Max-Age=0`),
      );
    expect(jar.size).toBe(0);
    fill();
    expect(jar.size).toBe(180);
    await jar.clear();
    fill();
    expect(jar.size).toBe(180);
  });

  it('at most 3000 cookies in all', () => {
    const jar = newJar();
    for (let host = 0; host < 70; host++)
      respond(
        jar,
        `http://www.h${host}.example/`,
        ...Array.from({ length: 50 }, (_, i) => `c${i}=1`),
      );
    expect(jar.size).toBe(3000);
    expect(send(jar, 'http://www.h0.example/')).toBe('');
    expect(send(jar, 'http://www.h69.example/').split('; ')).toHaveLength(50);
  });

  it('a header holds whole cookies of 8190 bytes at most, in the usual order', () => {
    const jar = newJar();
    const big = 'v'.repeat(3000);
    respond(jar, 'http://example.com/', `a=${big}`, `b=${big}`, `c=${big}`, 'd=small');
    const header = send(jar, 'http://example.com/');
    expect(header).toBe(`a=${big}; b=${big}; d=small`);
  });

  it('no responses make a header above 8190 bytes or one that holds more than cookies', () => {
    const line = fc
      .tuple(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.nat(200).map((n) => `n${n}`),
        ),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 30 }),
          fc.nat(4096).map((n) => 'x'.repeat(n)),
          fc.constantFrom('a\r\nb: c', 'a; b=2', '\0', '春'),
        ),
        fc.constantFrom(
          '',
          '; Path=/',
          '; Secure',
          '; Domain=example.com',
          '; Max-Age=0',
          '; HttpOnly; Path=/a',
        ),
      )
      .map(([name, value, attributes]) => `${name}=${value}${attributes}`);
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.constantFrom('http', 'https'),
        (lines, scheme) => {
          const jar = newJar();
          const url = `${scheme}://www.example.com/a/b`;
          respond(jar, url, ...lines);
          const header = send(jar, url);
          expect(header.length).toBeLessThanOrEqual(8190);
          // Only what a byte can be, no control character, and after each semicolon the next
          // cookie.
          expect(header).not.toMatch(/[^\t\x20-\x7e\x80-\xff]|;(?! )/);
          expect(header === '' ? 0 : header.split(';').length).toBeLessThanOrEqual(lines.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('a full jar answers in less than a millisecond', () => {
    const jar = newJar();
    for (let host = 0; host < 60; host++)
      respond(
        jar,
        `http://www.h${host}.example/`,
        ...Array.from({ length: 50 }, (_, i) => `c${i}=1`),
      );
    expect(jar.size).toBe(3000);
    let best = Infinity;
    for (let i = 0; i < 20; i++) {
      respond(jar, 'http://www.h7.example/', `c0=${i}`);
      const start = performance.now();
      send(jar, 'http://www.h7.example/');
      best = Math.min(best, performance.now() - start);
    }
    expect(best).toBeLessThan(1);
  });
});
