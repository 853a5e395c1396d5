/**
 * What the entries beside the session read of the headers of responses takes time in proportion to
 * their length, whatever they hold, as `test/parsers.test.ts` has it of the session.
 */
import { expect, test } from 'vitest';
import { quotaOf } from '../src/middleware/retry-after.ts';
import { hintsOf } from '../src/middleware/server-hints.ts';
import { cutLinks } from '../src/ssr/hydration/cut-links.ts';
import { readDirectives } from '../src/traffic/cache/directives.ts';
import { storedHeaders } from '../src/traffic/cache/stored-response.ts';
import { HstsHosts } from '../src/transports/hsts-hosts.ts';
import { factor, growth, linear } from './support/growth.ts';

type Row = [
  name: string,
  parse: (text: string) => unknown,
  texts: [start: string, filler: string, end?: string][],
];

const target = new URL('https://a.test/');

const rows: Row[] = [
  [
    'Link of a page',
    (text) => cutLinks(text, new Set(['key'])),
    [
      ['<', 'a'],
      ['', '<a'],
      ['<', '?'],
      ['<?', 'a&'],
      ['<?', 'a', '>'],
      ['<', '#', '>'],
      ['', '<a?a#>'],
    ],
  ],
  [
    'Connection of what is kept',
    (text) => storedHeaders(new Headers({ connection: text })),
    [
      ['a', ' ', 'b'],
      ['', ', '],
      ['', ','],
    ],
  ],
  [
    'Cache-Control',
    readDirectives,
    [
      ['a', ' ', 'b'],
      ['', 'a '],
      ['a=', ' ', 'b'],
      ['a="', '\\'],
      ['a="', 'b'],
      ['', 'a="'],
      ['', '='],
      ['', '"'],
    ],
  ],
  [
    'RateLimit',
    (text) => quotaOf(hintsOf(new Headers({ ratelimit: text, 'ratelimit-policy': text })), 0),
    [
      ['a', ' ', 'b'],
      ['"', 'a'],
      ['', '"a'],
      ['a;', '"'],
      ['', 'a;'],
      ['a;r=', '9', 'a'],
    ],
  ],
  [
    'RateLimit-Reset',
    (text) => quotaOf(hintsOf(new Headers({ 'ratelimit-reset': text })), 0),
    [
      ['9999-99-99T', '9', 'a'],
      ['Mon, ', ':00 '],
      ['', '9', 'a'],
    ],
  ],
  [
    'Strict-Transport-Security',
    (text) => new HstsHosts().learn(target, text),
    [
      ['a', ' ', 'b'],
      ['a=', ' ', 'b'],
      ['a="', 'b'],
      ['', ';'],
      ['', 'a;'],
      ['max-age=', '9', 'a'],
    ],
  ],
];

// The shorter ones first: what is quadratic would take many minutes at 1 MiB.
test.each(rows)('D5: %s', { timeout: 120_000 }, async (_, parse, texts) => {
  for (const [start, filler, end = ''] of texts) {
    const make = (size: number) => start + filler.repeat(size / filler.length) + end;
    for (const size of [2 ** 12 / factor, 2 ** 16 / factor, 2 ** 16])
      expect(
        await growth(make, parse, size),
        `${JSON.stringify([start, filler, end])} of ${size * factor} characters`,
      ).toBeLessThanOrEqual(linear);
  }
});
