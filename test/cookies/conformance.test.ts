import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCookieDate } from '../../src/cookies/rules/cookie-date.ts';
import { registrableDomain } from '../../src/cookies/rules/cookie-site.ts';
import { newJar } from './jars.ts';

const data = new URL('../../../shared/data/', import.meta.url);
const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, data), 'utf8')) as T;
const toWire = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
/**
 * The rows that set a value with an equals sign and without a name. They were written before
 * browsers began to refuse it, as it would be sent like a cookie of another name.
 */
const refusedSince = new Set([
  'NAME0017',
  'NAME0025',
  "Set a nameless cookie (that has multiple ='s in its value)",
]);
const fromWire = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

afterEach(() => {
  vi.useRealTimers();
});

if (!existsSync(data)) {
  it('has no public conformance data beside the repository, so its tables are not run', () => {
    console.warn(
      `${data.pathname} is absent: ` +
        'the http-state, date, public suffix and web-platform-tests tables are not run',
    );
    expect(existsSync(data)).toBe(false);
  });
} else {
  interface HttpState {
    test: string;
    received: string[];
    sent: { name: string; value: string }[];
    'sent-to'?: string;
  }
  interface Override {
    rfc6265bis: HttpState['sent'];
  }
  interface DateCase {
    test: string;
    expected: string | null;
  }
  interface WptCase {
    name: string;
    file: string;
    api: string;
    setUrl: string;
    setCookies: string[];
    readUrl: string;
    expected: string;
    matchName?: string;
  }

  describe('the http-state suite of the IETF, with the changes of RFC 6265bis', () => {
    const cases = read<HttpState[]>('http-state/parser.json');
    const { overrides } = read<{ overrides: Record<string, Override> }>(
      'http-state/rfc6265bis-overrides.json',
    );

    it('has its 222 cases', () => {
      expect(cases).toHaveLength(222);
    });

    it.each(cases)('answers $test', (row) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2011, 0, 1) });
      const jar = newJar();
      const setUrl = new URL(`http://home.example.org/cookie-parser?${row.test}`);
      void jar.shared.storeResponse(setUrl, row.received.map(toWire));
      const header = jar.shared.headerFor(
        new URL(row['sent-to'] ?? `/cookie-parser-result?${row.test}`, setUrl),
      ) as string;
      const expected = refusedSince.has(row.test)
        ? []
        : (overrides[row.test]?.rfc6265bis ?? row.sent);
      expect(fromWire(header)).toBe(
        expected.map(({ name, value }) => (name ? `${name}=${value}` : value)).join('; '),
      );
    });
  });

  describe('cookie dates', () => {
    const cases = ['dates-examples.json', 'dates-bsd-examples.clean.json'].flatMap((file) =>
      read<DateCase[]>(`http-state/${file}`),
    );

    it('has its 70 cases', () => {
      expect(cases).toHaveLength(70);
    });

    it.each(cases)('reads $test', ({ test, expected }) => {
      const time = parseCookieDate(test);
      expect(time === undefined ? null : new Date(time).toUTCString()).toBe(expected);
    });
  });

  describe('the public suffix list', () => {
    const rows = readFileSync(new URL('psl/test_psl.txt', data), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const row = /^checkPublicSuffix\((null|'(.*)'), (null|'(.*)')\);$/.exec(line);
        return row ? [{ host: row[2] ?? null, domain: row[4] ?? null }] : [];
      });
    const canonical = (host: string): string =>
      host.startsWith('.') ? host : new URL(`http://${host}`).hostname;

    it('has its 78 rows', () => {
      expect(rows).toHaveLength(78);
    });

    it.each(rows)('gives $domain for $host', ({ host, domain }) => {
      expect(registrableDomain(host === null ? '' : canonical(host)) ?? null).toBe(
        domain === null ? null : canonical(domain),
      );
    });

    it.each(rows.filter(({ host, domain }) => host !== null && domain !== null))(
      'lets $host set cookies for $domain and for nothing above it',
      async ({ domain }) => {
        const jar = newJar();
        const owned = canonical(domain);
        const suffix = owned.slice(owned.indexOf('.') + 1);
        expect(await jar.set(`a=1; Domain=${owned}`, `https://www.${owned}/`)).toMatchObject({
          domain: owned,
          hostOnly: false,
        });
        expect(await jar.set(`a=1; Domain=${suffix}`, `https://www.${owned}/`)).toEqual({
          rejected: 'public-suffix',
        });
      },
    );
  });

  describe('web-platform-tests', () => {
    const { tests } = read<{ tests: WptCase[] }>('wpt-cookies/cookies.json');

    it('has its 410 cases', () => {
      expect(tests).toHaveLength(410);
    });

    it.each(tests)(
      '$file ($api): $name',
      async ({ name, api, setUrl, setCookies, readUrl, expected, matchName }) => {
        const jar = newJar();
        for (const line of setCookies) await jar.set(toWire(line), setUrl, { http: api !== 'dom' });
        // `list.py` is a server's answer about the request it saw; the other pages show
        // `document.cookie`.
        const cookies = fromWire(
          await jar.header(readUrl, { http: readUrl.endsWith('/list.py') }),
        ).split('; ');
        expect(
          cookies.filter((cookie) => !matchName || cookie.startsWith(matchName)).join('; '),
        ).toBe(refusedSince.has(name) ? '' : expected);
      },
    );
  });
}
