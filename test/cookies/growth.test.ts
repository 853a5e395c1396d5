import { describe, expect, it } from 'vitest';
import { mergeCookies, validateCookies } from '../../src/cookies/request-cookies.ts';
import { parseCookieDate } from '../../src/cookies/rules/cookie-date.ts';
import {
  defaultPath,
  domainMatches,
  domainsOf,
  pathMatches,
  registrableDomain,
} from '../../src/cookies/rules/cookie-site.ts';
import { parseSetCookie, parseSetCookieNames } from '../../src/cookies/rules/set-cookie.ts';
import { growth, linear } from '../support/growth.ts';
import { newJar, respond } from './jars.ts';

const size = 64 * 1024;

/** A call that refuses what it is given has read it, too. */
function attempt(run: () => unknown): void {
  try {
    run();
  } catch {
    // That it is refused is tested elsewhere.
  }
}

const fillers = [' ', '=', ' = ;', '-.', '/', '9', '1:', '; Domain=a'];

const now = Date.UTC(2026, 0, 1);
const parsers: Record<string, (text: string) => unknown> = {
  'a Set-Cookie line': (text) => parseSetCookie(text, now),
  'a value': (text) => parseSetCookie(`a=${text}x`, now),
  'a Domain': (text) => parseSetCookie(`a=b; Domain=${text}x`, now),
  'a Path': (text) => parseSetCookie(`a=b; Path=/${text}x`, now),
  'an Expires': (text) => parseSetCookie(`a=b; Expires=${text}x`, now),
  'a Max-Age': (text) => parseSetCookie(`a=b; Max-Age=-${text}x`, now),
  'a date': parseCookieDate,
  'response.cookies': (text) => parseSetCookieNames([text]),
  'a registrable domain': registrableDomain,
  'the domains of a host': (text) => {
    // As a store does: a key is read as a whole.
    const keys = new Map<string, number>();
    return domainsOf(`x${text}x`).map((domain) => keys.get(domain));
  },
  'a domain match': (text) => domainMatches(`${text}x`, `${text}y`),
  'a path match': (text) => pathMatches(`/${text}/x`, `/${text}y`),
  'a default-path': (text) => defaultPath(`/${text}`),
  "a call's cookies": (text) => {
    attempt(() => validateCookies({ [text]: '', a: text }));
  },
  'a cookie header': (text) => mergeCookies(text, `${text}; a=1`, { a: '2' }),
};

describe('D5: sixteen times as much hostile text takes about sixteen times as long', () => {
  it.each(Object.entries(parsers))(
    'as %s',
    async (_, run) => {
      for (const filler of fillers) {
        const make = (length: number): string => filler.repeat(length / filler.length);
        expect(await growth(make, run, size), JSON.stringify(filler)).toBeLessThanOrEqual(linear);
      }
    },
    60_000,
  );

  it('as sixteen thousand lines of a response', async () => {
    // A text stands for so many lines.
    const store = (text: string): void => {
      const jar = newJar();
      const lines = Array.from(text, (_, i) => `c${i}=1; Domain=example.com; Path=/${i}`);
      respond(jar, 'http://www.example.com/', ...lines);
    };
    const make = (length: number): string => 'x'.repeat(length);
    expect(await growth(make, store, 1000)).toBeLessThanOrEqual(linear);
  }, 60_000);
});
