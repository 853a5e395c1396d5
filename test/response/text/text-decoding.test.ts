import { describe, expect, it } from 'vitest';
import { charsetOf } from '../../../src/response/text/parameters.ts';
import { textDecoder } from '../../../src/response/text/read-text.ts';
import { growth, linear } from '../../support/growth.ts';

const none = new Uint8Array();

describe('charsetOf', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['text/html', undefined],
    ['text/html; charset=utf-8', 'utf-8'],
    ['text/html;CHARSET = "ISO-8859-2" ; x=y', 'ISO-8859-2'],
    ['text/html; charset=a; charset=b', 'a'],
    ['text/html; charset=', undefined],
    ['text/html; charset=""', undefined],
    ['text/html; xcharset=a; charsets=b', undefined],
    ['text/html; title="; charset=evil"; charset=good', 'good'],
    ['text/html; title="\\"; charset=evil"; charset=good', 'good'],
    ['text/html; charset="open', 'open'],
    ['text/html; charset=utf-8, text/plain', 'utf-8'],
    ['charset=utf-8', undefined],
  ])('of %j is %j', (contentType, charset) => {
    expect(charsetOf(contentType)).toBe(charset);
  });

  for (const { name, start, filler } of [
    { name: 'spaces', start: ' ;', filler: ' ' },
    { name: 'quotes', start: ';a=', filler: '"' },
    { name: 'escapes', start: ';a="', filler: '\\"' },
    { name: 'names', start: ';', filler: 'a' },
    { name: 'parameters', start: '', filler: ';charset ' },
  ]) {
    it(`is read from sixteen times as many ${name} in about sixteen times as long`, async () => {
      expect(
        await growth((size) => start + filler.repeat(size / filler.length), charsetOf),
      ).toBeLessThanOrEqual(linear);
    });
  }
});

describe('textDecoder', () => {
  it('is for UTF-8 without a label, whatever the charset is', () => {
    expect(textDecoder(undefined, 'latin1', none).encoding).toBe('utf-8');
  });

  it('goes by an explicit label', () => {
    expect(textDecoder('Shift_JIS', 'utf-8', Uint8Array.of(0xef, 0xbb, 0xbf)).encoding).toBe(
      'shift_jis',
    );
  });

  it('throws a RangeError for a label that does not exist', () => {
    expect(() => textDecoder('utf-42', undefined, none)).toThrow(RangeError);
  });

  for (const { name, charset, head, encoding } of [
    {
      name: 'the byte order mark of UTF-8',
      charset: 'utf-16le',
      head: [0xef, 0xbb, 0xbf],
      encoding: 'utf-8',
    },
    {
      name: 'the byte order mark of UTF-16, big end first',
      charset: 'utf-8',
      head: [0xfe, 0xff],
      encoding: 'utf-16be',
    },
    {
      name: 'the byte order mark of UTF-16, little end first',
      charset: undefined,
      head: [0xff, 0xfe, 0x61],
      encoding: 'utf-16le',
    },
    {
      name: 'the charset',
      charset: 'koi8-r',
      head: [0xef, 0xbb],
      encoding: 'koi8-r',
    },
    {
      name: 'UTF-8 for a charset that is not known',
      charset: 'utf-42',
      head: [],
      encoding: 'utf-8',
    },
    {
      name: 'UTF-8 for one that Encoding forbids',
      charset: 'iso-2022-kr',
      head: [],
      encoding: 'utf-8',
    },
    {
      name: 'UTF-8 when nothing is said',
      charset: undefined,
      head: [0x61, 0x62, 0x63],
      encoding: 'utf-8',
    },
  ]) {
    it(`goes with \`auto\` by ${name}`, () => {
      expect(textDecoder('auto', charset, Uint8Array.from(head)).encoding).toBe(encoding);
    });
  }

  it('decodes latin1 as windows-1252, as the Encoding standard wants', () => {
    expect(textDecoder('auto', 'iso-8859-1', none).decode(Uint8Array.of(0x80, 0xe9))).toBe('€é');
  });
});
