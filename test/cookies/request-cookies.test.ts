import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import { mergeCookies, validateCookies } from '../../src/cookies/request-cookies.ts';

describe('one cookie header', () => {
  it.each<{ jar: string; header?: string; call?: Record<string, string>; merged: string }>([
    { jar: '', merged: '' },
    { jar: 'a=1; b=2', merged: 'a=1; b=2' },
    { jar: '', header: 'h=1', merged: 'h=1' },
    { jar: '', call: { c: '1' }, merged: 'c=1' },
    { jar: 'a=1; b=2; c=3', header: 'b=h; x=9', merged: 'a=1; b=h; c=3; x=9' },
    { jar: 'a=1; b=2; c=3', call: { b: 'call', y: '9' }, merged: 'a=1; b=call; c=3; y=9' },
    {
      jar: 'a=1; b=2; c=3',
      header: 'b=h; c=h; d=h',
      call: { c: 'call', e: 'call' },
      merged: 'a=1; b=h; c=call; d=h; e=call',
    },
    { jar: 'a=deep; b=2; a=top', call: { a: 'x' }, merged: 'a=x; b=2' },
    { jar: 'a=1', header: 'x=1; x=2', merged: 'a=1; x=1; x=2' },
    { jar: 'a=1; b=2', header: 'a=x; a=y', merged: 'a=x; a=y; b=2' },
    { jar: 'a=1; nameless', header: 'other', merged: 'a=1; other' },
    { jar: 'a=1=2; b=x y', header: 'c="q"', merged: 'a=1=2; b=x y; c="q"' },
    { jar: 'a=1', header: ' ; b=2;;c=3 ', call: {}, merged: 'a=1; b=2; c=3' },
    {
      jar: 'a=\xc3\xa0; b=1',
      header: '\tc=\xc3\xa0; d=2',
      merged: 'a=\xc3\xa0; b=1; c=\xc3\xa0; d=2',
    },
    {
      jar: '__proto__=1',
      call: JSON.parse('{"__proto__": "2", "constructor": "3"}') as Record<string, string>,
      merged: '__proto__=2; constructor=3',
    },
    { jar: '', call: { a: '春' }, merged: 'a=\xe6\x98\xa5' },
  ])(
    "the jar's $jar, the header $header and the call's $call make $merged",
    ({ jar, header, call, merged }) => {
      expect(mergeCookies(jar, header, call)).toBe(merged);
    },
  );

  it('refuses what would be more than one cookie or header, without showing the value', () => {
    const bad: [string, unknown][] = [
      ['', 'v'],
      ['a=b', 'v'],
      ['a;b', 'v'],
      ['a b', 'v'],
      ['a,b', 'v'],
      ['a', 'v; b=2'],
      ['a', 1],
      ['a', null],
      ['a', undefined],
      ['a', ['v']],
      ...[...Array(32).keys(), 127]
        .map((code) => String.fromCharCode(code))
        .flatMap((control): [string, string][] => [
          [`a${control}`, 'v'],
          ['a', `topsecret${control}x`],
        ]),
    ];
    for (const [name, value] of bad) {
      expect(
        () => mergeCookies('', undefined, { [name]: value } as Record<string, string>),
        JSON.stringify([name, value]),
      ).toThrow(InvalidRequestError);
    }
    expect(() => mergeCookies('', undefined, { sid: 'topsecret;' })).toThrow(
      /^cookies\["sid"\]: (?!.*topsecret)/,
    );
    for (const cookies of [null, 'a=1', 5, ['a'], true])
      expect(() => validateCookies(cookies)).toThrow(InvalidRequestError);
  });

  it('a copy of the own properties, without a prototype', () => {
    const cookies = validateCookies(
      Object.create({ inherited: 'x' }, { own: { value: 'y', enumerable: true } }),
    );
    expect(Object.getPrototypeOf(cookies)).toBeNull();
    expect(Object.entries(cookies)).toEqual([['own', 'y']]);
  });

  it('whatever is merged, nothing but cookies comes out', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'binary', maxLength: 5 }),
          fc.string({ unit: 'binary', maxLength: 10 }),
        ),
        (call) => {
          let merged: string;
          try {
            merged = mergeCookies('a=1; b=2', 'b=3', call);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidRequestError);
            return;
          }
          expect(merged).not.toMatch(/[\0-\x1f\x7f]|[^\0-\xff]|;(?! )/);
          expect(new Set(merged.split('; ').map((pair) => pair.split('=')[0])).size).toBe(
            new Set(['a', 'b', ...Object.keys(validateCookies(call))]).size,
          );
        },
      ),
      { numRuns: 1000 },
    );
  }, 60_000);
});
