import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFastUrl } from '../../../src/request/base/fast-url.ts';

const bases = [
  'http://127.0.0.1:8080/',
  'https://example.com/v1/',
  'https://[::1]:8443/a%20b/',
  'http://xn--bcher-kva.example/',
];

const piece = fc.constantFrom(
  '/',
  '//',
  '.',
  '..',
  '%2e',
  '%2E',
  '%',
  '%41',
  '?',
  '#',
  ':',
  '@',
  '\\',
  ' ',
  '\t',
  '\n',
  'a',
  'items',
  '~',
  '!',
  '$',
  '&',
  "'",
  '(',
  '*',
  '+',
  ',',
  ';',
  '=',
  '"',
  '<',
  '`',
  '{',
  '|',
  '^',
  'ü',
  'C:',
  'http:',
  'http://',
  'https://',
  'HTTP://',
  'example.com',
  'EXAMPLE.com',
  'example.com:443',
  'example.com:80',
  '127.0.0.1:8080',
  '127.1',
  '[::1]:8443',
  'user:pass@',
  'bücher.example',
  'xn--bcher-kva.example',
  'javascript:',
);
const input = fc
  .oneof(
    fc.array(piece, { maxLength: 8 }),
    fc
      .tuple(
        fc.constantFrom('http://', 'https://'),
        fc.constantFrom('example.com', '127.0.0.1:8080', '[::1]:8443'),
        fc.constant('/'),
        fc.array(piece, { maxLength: 6 }),
      )
      .map((parts) => parts.flat()),
  )
  .map((parts) => parts.join(''));

test('a place that is found without parsing is the one that the URL standard finds', () => {
  let found = 0;
  fc.assert(
    fc.property(input, fc.option(fc.constantFrom(...bases), { nil: undefined }), (text, from) => {
      const base = from === undefined ? undefined : new URL(from);
      const place = parseFastUrl(text, base);
      if (!place) return;
      found++;
      const { href, origin, protocol, hostname, port, pathname, search } = new URL(text, base);
      expect({
        href: place.href,
        origin: place.origin,
        protocol: place.protocol,
        hostname: place.hostname,
        port: place.port,
        pathname: place.pathname,
        search: place.search,
      }).toEqual({ href, origin, protocol, hostname, port, pathname, search });
    }),
    { numRuns: 20_000 },
  );
  expect(found).toBeGreaterThan(500);
});

test.each([
  ['', 'https://example.com/v1/'],
  ['?a', 'https://example.com/v1/?a'],
  ['items/1', 'https://example.com/v1/items/1'],
  ['/items/1?a=b', 'https://example.com/items/1?a=b'],
  ['https://example.com/a@b/c%20d', 'https://example.com/a@b/c%20d'],
  ['http://other.example:8080/x', 'http://other.example:8080/x'],
])('%s is found', (text, href) => {
  expect(parseFastUrl(text, new URL('https://example.com/v1/'))?.href).toBe(href);
});

test.each([
  '//other.example/',
  '../up',
  'a/../b',
  'a/%2E%2e/b',
  '.hidden',
  'https://user@example.com/',
  'https://EXAMPLE.com/',
  'https://example.com:443/',
  'https://example.com',
  'a#b',
  'a b',
  'mailto:x',
])('%j is left to the parser', (text) => {
  expect(parseFastUrl(text, new URL('https://example.com/v1/'))).toBeUndefined();
});
