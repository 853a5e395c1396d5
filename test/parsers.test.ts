/**
 * Text from outside takes time in proportion to its length, whatever it is: each parser on the
 * worst text that its pattern allows. Those of cookies stand in `test/cookies`.
 */
import { inspect } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { retryAfter } from '../src/middleware/retry-after.ts';
import { hintsOf } from '../src/middleware/server-hints.ts';
import { encodeMultipart } from '../src/node/upload/multipart.ts';
import { parseCodings } from '../src/node/body/codings.ts';
import { isRest } from '../src/node/download/file-version.ts';
import { readNoProxy, splitNoProxy } from '../src/node/proxy/no-proxy.ts';
import { readCertificates } from '../src/node/tls/pem.ts';
import { parseFastUrl } from '../src/request/base/fast-url.ts';
import { decodeUserinfo } from '../src/request/credentials.ts';
import { isHarmless } from '../src/request/harmless.ts';
import { isFieldValue, isToken, readHeaders, trimBlank } from '../src/request/headers.ts';
import { SafeHeaders } from '../src/request/safe-headers.ts';
import { redactUrl } from '../src/request/redact.ts';
import { parseUrl, urlInHeader, withSlash } from '../src/request/url.ts';
import { toErrorData } from '../src/response/error-data.ts';
import { parseLinks } from '../src/response/links.ts';
import { charsetOf, oneValue, readParameters } from '../src/response/text/parameters.ts';
import { readEvents, readLines, textDecoder } from '../src/response/text/read-text.ts';
import { parseLine } from '../src/ssr/render/set-cookie-line.ts';
import type { VisitorRequest } from '../src/ssr/incoming/visitor-request.ts';
import { deriveBaseUrl } from '../src/ssr/visitor/derive-base-url.ts';
import { readForwardedHeaders } from '../src/ssr/visitor/forwarded-headers.ts';
import { parseCookies } from '../src/ssr/render/visitor-cookies.ts';
import { factor, growth, linear } from './support/growth.ts';

/** `start`, so often `filler` as makes the size, `end`. */
type Text = readonly [start: string, filler: string, end?: string];
type Parser = (text: string) => unknown;

const attempt = (parse: Parser): Parser => {
  return (text) => {
    try {
      return parse(text);
    } catch {
      return undefined;
    }
  };
};

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  while (!(await iterator.next()).done);
}

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size)
    yield await Promise.resolve(bytes.subarray(at, at + size));
}

/** The members of a class that a parser reads. */
const only = <T>(members: object): T => members as T;

const visitor = (value: string): VisitorRequest =>
  only({ header: () => value, target: () => ({ protocol: 'https:', host: value }) });
const version = { key: '', validator: 'etag', value: '', length: 9 } as const;
const rest = (text: string) =>
  isRest(only({ status: 206, headers: new Headers({ 'content-range': text }) }), version, 1);
const multipart = (text: string) => {
  const form = new FormData();
  form.append(text, text);
  return encodeMultipart(form);
};
const readText = (length: number) => (text: string) =>
  drain(readLines(inPieces(text, length), new TextDecoder()));
const readEventText = (length: number) => (text: string) =>
  drain(readEvents(inPieces(text, length)));

const blanks: Text = ['a', ' ', 'a'];
const parameterTexts: Text[] = [
  ['', ';'],
  [';', ' '],
  ['', '; '],
  [';a=', '"'],
  [';a="', '\\"'],
  [';a="', '\\'],
  [';', 'a'],
  ['', ';a'],
  ['', ';a="'],
  [';a', ' '],
  [';a=', ' '],
];
const lineTexts: Text[] = [
  ['', '\n'],
  ['', '\r'],
  ['', '\r\n'],
  ['', 'a'],
];

const rows: [name: string, parse: Parser, texts: Text[]][] = [
  [
    'a URL',
    attempt(parseUrl),
    [
      ['', 'a'],
      ['', ':'],
      ['http://[', 'a'],
      ['', '@'],
    ],
  ],
  [
    'a Location',
    attempt((text) => parseUrl(text, 'http://a.test/')),
    [
      ['//[', 'a'],
      ['//:', ':@'],
    ],
  ],
  [
    'a path',
    withSlash,
    [
      ['', '/'],
      ['', '/a'],
    ],
  ],
  [
    'a URL by the short way',
    (text) => parseFastUrl(text, undefined),
    [
      ['http://a.test', '/a', '"'],
      ['http://a.test/', 'a', '"'],
      ['http://a.test/?', '?', '"'],
      ['http://a.test', '/', '"'],
    ],
  ],
  [
    'a URL that is shown',
    redactUrl,
    [
      ['', '/'],
      ['', '//a'],
      ['//', 'a'],
      ['//', '@'],
      ['', '//@'],
      ['', '\\'],
      ['', '/\\@a'],
    ],
  ],
  [
    'userinfo',
    attempt(decodeUserinfo),
    [
      ['', '%'],
      ['', '%ff'],
      ['', '%41'],
      ['', '%4'],
    ],
  ],
  ['headers that are shown', (text) => inspect(SafeHeaders.of(['x-a', text])), [['', '//a']]],
  [
    'the value of a header',
    (text) => readHeaders({ 'x-a': text }),
    [
      ['a', ' ', 'b'],
      ['', '\t'],
    ],
  ],
  ['a field value', isFieldValue, [['', 'a', '\0']]],
  ['a token', isToken, [['', 'a', ' ']]],
  [
    'the name of a header',
    isHarmless,
    [
      ['accept-', '-', '\n'],
      ['sec-ch-', 'a', '\n'],
    ],
  ],
  ['text between blanks', trimBlank, [blanks, ['', ' ']]],
  [
    'Link',
    (text) => parseLinks(text, 'http://a.test/'),
    [
      ['', '<'],
      ['', '<>'],
      ['<>', ','],
      ['<>', '"'],
      ['<>"', '\\'],
      ['', '<>;'],
      ['<>', ';a'],
      ['<>;rel="', 'a ', '"'],
      ['', '<a>;rel=a,'],
      ['<>;', ' '],
    ],
  ],
  ['parameters', readParameters, parameterTexts],
  ['a charset', charsetOf, parameterTexts],
  [
    'text in the charset that it names',
    (text) => textDecoder('auto', charsetOf(text), new Uint8Array(3)),
    [['text/plain;charset=', 'a']],
  ],
  [
    'an error in JSON',
    (text) => toErrorData(text, new Headers({ 'content-type': 'a/json' })),
    [
      ['', '['],
      ['', '{"a":'],
      ['"', 'a'],
      ['[', '1,'],
    ],
  ],
  [
    'the type of an error',
    (text) => toErrorData('{}', new Headers({ 'content-type': text })),
    [
      ['', '/'],
      ['', '+json'],
      ['', '/jso'],
    ],
  ],
  [
    'a header of one value',
    oneValue,
    [
      ['', ', '],
      ['', 'a, '],
      ['', 'a, ', 'b'],
      ['a, ', 'b'],
    ],
  ],
  [
    'a URL in a header',
    urlInHeader,
    [
      ['', '\xe9'],
      ['', 'a\xe9'],
    ],
  ],
  [
    'Retry-After',
    (text) => retryAfter(hintsOf(new Headers({ 'retry-after': text })), 0),
    [
      ['', '9', 'a'],
      ['', 'a'],
      ['a', ' '],
      ['Mon, ', ':00 '],
      ['Mon, ', ':00 GMT'],
      ['Mon', ','],
    ],
  ],
  [
    'content-encoding',
    attempt(parseCodings),
    [
      ['', ','],
      ['', ' '],
      ['', 'gzip,'],
    ],
  ],
  [
    'content-range',
    rest,
    [
      ['bytes ', '9'],
      ['bytes 1-', '1-'],
      ['bytes 1-1/', '9', 'a'],
    ],
  ],
  [
    'NO_PROXY',
    (text) => readNoProxy(splitNoProxy(text))('a.test', 80),
    [
      ['', ','],
      ['', ' '],
      ['', '['],
      ['[', ':'],
      ['', 'a:'],
      ['a:', '9', 'a'],
    ],
  ],
  ['lines', readText(2 ** 16), lineTexts],
  [
    'lines in small pieces',
    readText(7),
    [
      ['', 'a'],
      ['', '\r'],
    ],
  ],
  [
    'events',
    readEventText(2 ** 16),
    [
      ...lineTexts,
      ['', 'data:\n'],
      ['', ':'],
      ['data:', ' '],
      ['', 'data\n\n'],
      ['retry:', '9', 'a\n'],
    ],
  ],
  [
    'events in small pieces',
    readEventText(7),
    [
      ['data:', 'a'],
      ['', 'data:a\n'],
    ],
  ],
  [
    'a form',
    multipart,
    [
      ['', '\r'],
      ['', '"'],
      ['', '\r\n'],
    ],
  ],
  [
    "a visitor's cookies",
    parseCookies,
    [
      ['', ';'],
      ['', '='],
      ['a', ' ', ';'],
      ['a=', ' '],
    ],
  ],
  [
    'certificates',
    attempt((text) => readCertificates(text, 'ca')),
    [
      ['', '-----BEGIN x-----'],
      ['', '-----BEGIN x'],
      ['-----BEGIN x-----', '-----END y-----'],
      ['-----BEGIN x-----', '-'],
      ['-----BEGIN ', 'x', '-----'],
      ['', '-----BEGIN x-----a-----END x-----'],
    ],
  ],
  [
    "a visitor's headers",
    (text) => readForwardedHeaders(visitor(text)),
    [
      ['', ' '],
      ['', ','],
      ['a', ' ,'],
    ],
  ],
  [
    "a visitor's host",
    attempt((text) => deriveBaseUrl(visitor(text), ['a.test'])),
    [
      ['', '.'],
      ['', 'a', ':'],
      ['a:', '9'],
      ['[', ':'],
    ],
  ],
  [
    'Set-Cookie for a visitor',
    parseLine,
    [
      ['', ';'],
      ['a=', ' ', ';'],
      ['a', ' ', '=b'],
      ['a=b;', '='],
    ],
  ],
];

// The shorter ones first: at 1 MiB what is quadratic would take many minutes.
test.each(rows)('D5: %s', { timeout: 120_000 }, async (_, parse, texts) => {
  for (const [start, filler, end = ''] of texts) {
    const make = (size: number) => start + filler.repeat(size / filler.length) + end;
    for (const size of [2 ** 16 / factor, 2 ** 16])
      expect(
        await growth(make, parse, size),
        `${JSON.stringify([start, filler, end])} of ${size * factor} characters`,
      ).toBeLessThanOrEqual(linear);
  }
});

test('URLs in headers have the host asked once, however many of their bytes are no ASCII', () => {
  let asked = 0;
  class Counted extends Headers {
    constructor(init?: HeadersInit) {
      asked++;
      super(init);
    }
  }
  vi.stubGlobal('Headers', Counted);
  onTestFinished(() => void vi.unstubAllGlobals());
  // An exception for each of them would block the loop for 100 ms.
  expect(urlInHeader('\xe9'.repeat(16_000))).toBe('%E9'.repeat(16_000));
  parseLinks('</\xe9>; rel=a, '.repeat(1000), 'http://a.test/');
  expect(asked).toBeLessThanOrEqual(1);
});
