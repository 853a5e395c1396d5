import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import { mergeCookies, validateCookies } from '../../src/cookies/request-cookies.ts';

describe('one cookie header', () => {
  it.each<[string, string | undefined, Record<string, string> | undefined, string]>([
    ['', undefined, undefined, ''],
    ['a=1; b=2', undefined, undefined, 'a=1; b=2'],
    ['', 'h=1', undefined, 'h=1'],
    ['', undefined, { c: '1' }, 'c=1'],
    ['a=1; b=2; c=3', 'b=h; x=9', undefined, 'a=1; b=h; c=3; x=9'],
    ['a=1; b=2; c=3', undefined, { b: 'call', y: '9' }, 'a=1; b=call; c=3; y=9'],
    ['a=1; b=2; c=3', 'b=h; c=h; d=h', { c: 'call', e: 'call' }, 'a=1; b=h; c=call; d=h; e=call'],
    ['a=deep; b=2; a=top', undefined, { a: 'x' }, 'a=x; b=2'],
    ['a=1', 'x=1; x=2', undefined, 'a=1; x=1; x=2'],
    ['a=1; b=2', 'a=x; a=y', undefined, 'a=x; a=y; b=2'],
    ['a=1; nameless', 'other', undefined, 'a=1; other'],
    ['a=1=2; b=x y', 'c="q"', undefined, 'a=1=2; b=x y; c="q"'],
    ['a=1', ' ; b=2;;c=3 ', {}, 'a=1; b=2; c=3'],
    ['a=\xc3\xa0; b=1', '\tc=\xc3\xa0; d=2', undefined, 'a=\xc3\xa0; b=1; c=\xc3\xa0; d=2'],
    [
      '__proto__=1',
      undefined,
      JSON.parse('{"__proto__": "2", "constructor": "3"}') as Record<string, string>,
      '__proto__=2; constructor=3',
    ],
    ['', undefined, { a: '春' }, 'a=\xe6\x98\xa5'],
  ])("the jar's %j, the header %j and the call's %j make %j", (jar, header, call, merged) => {
    expect(mergeCookies(jar, header, call)).toBe(merged);
  });

  it('refuses names and values that would be more than one cookie or more than one header, without showing the value', () => {
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
