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
        '<?page=3>; rel="next", </v1/items>; rel=first; title="The start", <https://other.example/x>;rel=help',
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

  it.each([
    [
      'spaces around everything',
      ' < a > ; rel = "next" ,',
      { next: 'https://api.example.com/v1/a' },
    ],
    ['empty elements', ',, ,<a>;;rel=next;,,', { next: 'https://api.example.com/v1/a' }],
    [
      'a string that is not closed',
      '<a>; rel=next; title="open, <b>; rel=prev',
      { next: 'https://api.example.com/v1/a' },
    ],
    [
      'a parameter without a value',
      '<a>; crossorigin; rel=preload',
      { preload: 'https://api.example.com/v1/a' },
    ],
    ['a link without a type', '<a>, <b>; rel, <c>; rel=""', {}],
    [
      'a target that is not a URL',
      '<https://[>; rel=next, <b>; rel=next',
      { next: 'https://api.example.com/v1/b' },
    ],
    [
      'a target that is not closed',
      '<a; rel=next, <b>; rel=prev',
      { prev: 'https://api.example.com/v1/b' },
    ],
    ['no link at all', 'next', {}],
  ])('is tolerant of %s', (_, header, urls) => {
    expect(
      Object.fromEntries(
        Object.entries(parseLinks(header, base)).map(([rel, link]) => [rel, link.url]),
      ),
    ).toEqual(urls);
  });

  it('cannot be made to name what every object has, nor a URL by a parameter', () => {
    const links = parseLinks('<a>; rel=__proto__; __proto__=x; url=https://evil.example/', base);
    expect(Object.getPrototypeOf(links)).toBe(null);
    expect(links.constructor).toBe(undefined);
    expect(links['__proto__']?.url).toBe('https://api.example.com/v1/a');
    expect(({} as Record<string, unknown>).x).toBe(undefined);
  });

  it.each([
    ['<', repeated('', '<')],
    ['quotes', repeated('<a>;', '"')],
    ['escapes', repeated('<a>;a="', '\\"')],
    ['open strings', repeated('<a>', ';a="\\')],
    ['spaces', repeated('<a>;', ' ', '=')],
    ['semicolons', repeated('<a>', '; ')],
    ['equals signs', repeated('<a>;', '=')],
    ['links', repeated('', '<a>;rel=b,')],
    [
      'types with parameters',
      (size: number) => {
        const names = Array.from({ length: size / 10 }, (_, i) => i.toString(36));
        return `<a>;rel="${names.join(' ')}"${names.map((name) => `;${name}`).join('')}`;
      },
    ],
  ])('reads four times as many %s in about four times as long (C13)', (_, make) => {
    expect(growth(make, (header) => parseLinks(header, base))).toBeLessThanOrEqual(linear);
  });
});
