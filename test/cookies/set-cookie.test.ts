import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCookieDate } from '../../src/cookies/rules/cookie-date.ts';
import { parseSetCookie, parseSetCookieNames } from '../../src/cookies/rules/set-cookie.ts';
import { growth, linear } from '../support/growth.ts';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const controls = [...Array(32).keys(), 127]
  .filter((code) => code !== 9)
  .map((code) => String.fromCharCode(code));

describe('a Set-Cookie line', () => {
  it('gives the name, the value and every attribute, whatever its letter case and blanks', () => {
    expect(
      parseSetCookie(
        ' sid = a b ;DOMAIN= .Example.COM ; path =/x; SECURE; HttpOnly=no; ' +
          'sameSite=LAX;Partitioned; Max-Age=60',
        now,
      ),
    ).toEqual({
      name: 'sid',
      value: 'a b',
      domain: 'example.com',
      domainEmptied: false,
      hostOnly: false,
      path: '/x',
      expires: now + 60_000,
      secure: true,
      httpOnly: true,
      sameSite: 'lax',
      partitioned: true,
    });
  });

  it.each([
    { line: 'a=b=c', name: 'a', value: 'b=c' },
    { line: 'a', name: '', value: 'a' },
    { line: '=a', name: '', value: 'a' },
    { line: 'a=', name: 'a', value: '' },
    { line: 'a="b;c"', name: 'a', value: '"b' },
    { line: 'a\t=\tb\tc\t', name: 'a', value: 'b\tc' },
    { line: 'a=%0d%0a', name: 'a', value: '%0d%0a' },
    { line: 'a=\xe9\xff', name: 'a', value: '\xe9\xff' },
  ])(
    '$line is the cookie $name with the value $value: nothing is unquoted or decoded',
    ({ line, name, value }) => {
      expect(parseSetCookie(line, now)).toMatchObject({ name, value });
    },
  );

  it.each(['', '   ', '=', ' = ;Path=/', ';a=b'])('%j holds no cookie', (line) => {
    expect(parseSetCookie(line, now)).toBe('empty');
  });

  it('a control character anywhere refuses the whole line; a tab inside does not', () => {
    for (const control of controls) {
      for (const line of [
        `a${control}=b`,
        `a=b${control}`,
        `a=b; Path=/${control}`,
        `a=b; x${control}`,
        `${control}a=b`,
      ]) {
        expect(parseSetCookie(line, now), JSON.stringify(line)).toBe('ctl');
      }
    }
    expect(parseSetCookie('a=b\tc', now)).toMatchObject({ value: 'b\tc' });
  });

  it('a name and value of 4096 bytes are stored, one more is refused; blanks do not count', () => {
    expect(parseSetCookie(`${'n'.repeat(96)}= ${'v'.repeat(4000)} `, now)).toMatchObject({
      value: 'v'.repeat(4000),
    });
    expect(parseSetCookie(`${'n'.repeat(97)}=${'v'.repeat(4000)}`, now)).toBe('too-large');
    expect(parseSetCookie(`n=${'春'.repeat(1366)}`, now)).toBe('too-large');
  });

  it('an attribute of 1024 bytes counts, and a longer one is as if it was not there', () => {
    expect(parseSetCookie(`a=b; Path=/x; Path=/${'y'.repeat(1023)}`, now)).toMatchObject({
      path: `/${'y'.repeat(1023)}`,
    });
    expect(parseSetCookie(`a=b; Path=/x; Path=/${'y'.repeat(1024)}`, now)).toMatchObject({
      path: '/x',
    });
    expect(parseSetCookie(`a=b; Max-Age=${'0'.repeat(1025)}`, now)).toMatchObject({
      expires: Infinity,
    });
  });

  it.each([
    ['Max-Age=10', now + 10_000],
    ['Max-Age=0', -Infinity],
    ['Max-Age=-1', -Infinity],
    ['Max-Age=-0', -Infinity],
    ['Max-Age=', Infinity],
    ['Max-Age=1x', Infinity],
    ['Max-Age=1e3', Infinity],
    ['Max-Age=+5', Infinity],
    ['Max-Age=5.5', Infinity],
    [`Max-Age=${'9'.repeat(400)}`, Infinity],
    ['Max-Age=20; Expires=Thu, 01 Jan 1970 00:00:00 GMT', now + 20_000],
    ['Expires=Fri, 02 Jan 2026 00:00:00 GMT; Max-Age=x', now + day],
    ['Expires=Fri, 02 Jan 2026 00:00:00 GMT; Expires=nonsense', now + day],
    ['Max-Age=5; Max-Age=7', now + 7000],
  ])(
    '%s ends it at the right time: Max-Age beats Expires, the last valid one counts',
    (attributes, expires) => {
      expect(parseSetCookie(`a=b; ${attributes}`, now)).toMatchObject({ expires });
    },
  );

  it.each([
    ['Path=/a; Path=', undefined],
    ['Path=a', undefined],
    ['Path', undefined],
    ['Path="/a"', undefined],
    ['Path=/%41', '/%41'],
    ['Path=/a; Path=/b', '/b'],
  ])('%s names the path %s', (attributes, path) => {
    expect(parseSetCookie(`a=b; ${attributes}`, now)).toMatchObject({ path });
  });

  it.each([
    ['SameSite=None', 'none'],
    ['SameSite=Strict; SameSite=LAX', 'lax'],
    ['SameSite=Strict; SameSite=odd', undefined],
    ['SameSite', undefined],
  ])('%s is kept as %s', (attributes, sameSite) => {
    expect(parseSetCookie(`a=b; ${attributes}`, now)).toMatchObject({ sameSite });
  });
});

describe('the cookies of a response', () => {
  it('are the names and values of its lines, the last of a name winning, deletions too', () => {
    expect(
      parseSetCookieNames([
        'a=1; Path=/',
        'b="x y"; HttpOnly',
        'a=2',
        'gone=; Max-Age=0',
        'c=d=e',
        '',
        'ctl=\0',
        'latin=\xe9',
      ]),
    ).toEqual({
      a: '2',
      b: '"x y"',
      gone: '',
      c: 'd=e',
      latin: '\xe9',
    });
  });

  it('a cookie named __proto__ is a property like all others', () => {
    const cookies = parseSetCookieNames(['__proto__=evil', 'constructor=1']);
    expect(Object.entries(cookies)).toEqual([
      ['__proto__', 'evil'],
      ['constructor', '1'],
    ]);
    expect(Object.getPrototypeOf(cookies)).toBe(Object.prototype);
  });
});

describe('hostile lines', () => {
  it('never make the parsers throw', () => {
    const fragment = fc.constantFrom(
      ';',
      '=',
      ' ',
      '\t',
      '\0',
      '\r\n',
      ',',
      '"',
      '%',
      '__Host-',
      'Domain',
      'Path=/',
      'Expires=',
      'Max-Age=',
      'Secure',
      '9',
      ':',
      '-',
      '.',
      '\xff',
      '春',
      '\ud800',
      'jan',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fragment, fc.string({ unit: 'binary' })), { maxLength: 40 }),
        (parts) => {
          const line = parts.join('');
          const cookie = parseSetCookie(line, now);
          parseCookieDate(line);
          parseSetCookieNames([line]);
          // What is let through can be written into a header as it is.
          if (typeof cookie !== 'string')
            expect(`${cookie.name}=${cookie.value}`).not.toMatch(/[\r\n\0;]/);
        },
      ),
      { numRuns: 2000 },
    );
  }, 60_000);

  it('sixteen times as much takes about sixteen times as long', async () => {
    const fillers = [
      ' ',
      '\t',
      '=',
      ',',
      ';',
      '"',
      '9',
      ':',
      '; ',
      '; a',
      '; Path=/',
      ' \t=',
      '1:',
      '1 ',
      'jan ',
      ' = ;',
      '春',
      '; Expires=1 Jan',
    ];
    const lines: ((bulk: string) => string)[] = [
      (bulk) => bulk,
      (bulk) => `a=${bulk}`,
      (bulk) => `${bulk}b`,
      (bulk) => `a=b; Expires=${bulk}`,
      (bulk) => `a=b; Max-Age=-${bulk}x`,
      (bulk) => `a=b;${bulk}x`,
    ];
    for (const filler of fillers) {
      for (const line of lines) {
        const make = (size: number) => line(filler.repeat(size / filler.length));
        expect(
          await growth(make, (text) => parseSetCookie(text, now)),
          `Set-Cookie of ${JSON.stringify(filler)}`,
        ).toBeLessThanOrEqual(linear);
        expect(
          await growth(make, (text) => parseSetCookieNames([text])),
          `response.cookies of ${JSON.stringify(filler)}`,
        ).toBeLessThanOrEqual(linear);
        expect(
          await growth(make, parseCookieDate),
          `date of ${JSON.stringify(filler)}`,
        ).toBeLessThanOrEqual(linear);
      }
    }
  }, 60_000);
});
