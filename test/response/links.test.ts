import { describe, expect, it } from 'vitest';
import { parseLinks } from '../../src/response/links.ts';
import { growth, linear } from '../support/growth.ts';

const base = 'https://api.example.com/v1/items?page=2';

/** A header of a given size. */
function repeated(start: string, filler: string, end = ''): (size: number) => string {
  return (size) => start + filler.repeat(size / filler.length) + end;
}

describe('parseLinks', () => {
  it('reads several links by relation type and makes their URLs absolute', () => {
    expect(
      parseLinks(
        '<?page=3>; rel="next", </v1/items>; rel=first; title="The start", ' +
          '<https://other.example/x>;rel=help',
        base,
      ),
    ).toEqual({
      next: { rel: 'next', url: 'https://api.example.com/v1/items?page=3' },
      first: { rel: 'first', url: 'https://api.example.com/v1/items', title: 'The start' },
      help: { rel: 'help', url: 'https://other.example/x' },
    });
  });

  it('has no links without a header', () => {
    expect(parseLinks(null, base)).toEqual({});
    expect(parseLinks('', base)).toEqual({});
  });

  it('gives each of several types in one link its entry, in lower case', () => {
    const links = parseLinks('<a>; REL="Next  LAST"', base);
    expect(Object.keys(links)).toEqual(['next', 'last']);
    expect(links.last).toEqual({ rel: 'last', url: 'https://api.example.com/v1/a' });
  });

  it('lets the first link of a type win, and the first of a repeated parameter', () => {
    expect(parseLinks('<a>; rel=next; rel=prev, <b>; rel=next', base)).toEqual({
      next: { rel: 'next', url: 'https://api.example.com/v1/a' },
    });
  });

  it('keeps commas, semicolons, angle brackets and escapes inside a quoted string', () => {
    expect(
      parseLinks('<a,b;c>; title="x, <y>; rel=no \\"z\\" \\\\"; rel=next, <d>; rel=prev', base),
    ).toEqual({
      next: {
        rel: 'next',
        url: 'https://api.example.com/v1/a,b;c',
        title: 'x, <y>; rel=no "z" \\',
      },
      prev: { rel: 'prev', url: 'https://api.example.com/v1/d' },
    });
  });

  for (const { name, header, urls } of [
    {
      name: 'spaces around everything',
      header: ' < a > ; rel = "next" ,',
      urls: { next: 'https://api.example.com/v1/a' },
    },
    {
      name: 'empty elements',
      header: ',, ,<a>;;rel=next;,,',
      urls: { next: 'https://api.example.com/v1/a' },
    },
    {
      name: 'a string that is not closed',
      header: '<a>; rel=next; title="open, <b>; rel=prev',
      urls: { next: 'https://api.example.com/v1/a' },
    },
    {
      name: 'a parameter without a value',
      header: '<a>; crossorigin; rel=preload',
      urls: { preload: 'https://api.example.com/v1/a' },
    },
    { name: 'a link without a type', header: '<a>, <b>; rel, <c>; rel=""', urls: {} },
    {
      name: 'a target that is not a URL',
      header: '<https://[>; rel=next, <b>; rel=next',
      urls: { next: 'https://api.example.com/v1/b' },
    },
    {
      name: 'a target that is not closed',
      header: '<a; rel=next, <b>; rel=prev',
      urls: { prev: 'https://api.example.com/v1/b' },
    },
    { name: 'no link at all', header: 'next', urls: {} },
  ]) {
    it(`is tolerant of ${name}`, () => {
      expect(
        Object.fromEntries(
          Object.entries(parseLinks(header, base)).map(([rel, link]) => [rel, link.url]),
        ),
      ).toEqual(urls);
    });
  }

  it('cannot be made to name what every object has, nor a URL by a parameter', () => {
    const links = parseLinks('<a>; rel=__proto__; __proto__=x; url=https://evil.example/', base);
    expect(Object.getPrototypeOf(links)).toBe(null);
    expect(links.constructor).toBe(undefined);
    expect(links['__proto__']?.url).toBe('https://api.example.com/v1/a');
    expect(({} as Record<string, unknown>).x).toBe(undefined);
  });

  for (const { name, make } of [
    { name: '<', make: repeated('', '<') },
    { name: 'quotes', make: repeated('<a>;', '"') },
    { name: 'escapes', make: repeated('<a>;a="', '\\"') },
    { name: 'open strings', make: repeated('<a>', ';a="\\') },
    { name: 'spaces', make: repeated('<a>;', ' ', '=') },
    { name: 'semicolons', make: repeated('<a>', '; ') },
    { name: 'equals signs', make: repeated('<a>;', '=') },
    { name: 'links', make: repeated('', '<a>;rel=b,') },
    {
      name: 'types with parameters',
      make: (size: number) => {
        const names = Array.from({ length: size / 10 }, (_, i) => i.toString(36));
        return `<a>;rel="${names.join(' ')}"${names.map((name) => `;${name}`).join('')}`;
      },
    },
  ]) {
    it(`reads sixteen times as many ${name} in about sixteen times as long`, async () => {
      expect(await growth(make, (header) => parseLinks(header, base))).toBeLessThanOrEqual(linear);
    });
  }
});
