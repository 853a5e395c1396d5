import { InvalidRequestError } from 'isosession';
import { forwardSession } from 'isosession/ssr';
import { describe, expect, test } from 'vitest';
import { open, rejection, sites, thrown } from '../../support/contract.ts';
import { openForVisitor } from './visitor.ts';

describe("where a visitor's request can lead", () => {
  test.each([
    '//{host}/echo',
    '/\\{host}/echo',
    '\\\\{host}/echo',
    '/\t/{host}/echo',
    ' //{host}/echo',
    '/\n\\{host}/echo',
  ])('a path leads to no other origin: %j', async (path) => {
    const { a, b } = sites();
    const session = openForVisitor(
      open({ baseUrl: a.base }),
      { cookie: 'sid=1' },
      { to: [a.origin] },
    );
    const evil = path.replace('{host}', new URL(b.origin).host);
    await rejection(session.get(evil), InvalidRequestError);
    await rejection(session.extend().post(evil), InvalidRequestError);
    expect(await b.requests()).toEqual([]);
    expect(
      (await session.get(`//${new URL(a.origin).host}${new URL(a.base).pathname}echo`)).status,
    ).toBe(200);
  });

  test('a Host leads somewhere only where it is allowed', () => {
    const derive = (url: string, allowedHosts: string[], headers = {}) =>
      forwardSession(open(), new Request(url, { headers }), {
        to: [],
        allowedHosts,
      }).baseUrl?.toString();
    expect(derive('https://www.example.com/a/b?c', ['www.example.com'])).toBe(
      'https://www.example.com/',
    );
    expect(derive('http://www.example.com:8080/a', ['example.com', 'WWW.example.com:8080'])).toBe(
      'http://www.example.com:8080/',
    );
    expect(
      derive('https://www.example.com/', ['www.example.com'], {
        'x-forwarded-host': 'evil.example',
        forwarded: 'host=evil.example',
      }),
    ).toBe('https://www.example.com/');
    for (const allowed of [
      [],
      ['example.com'],
      ['www.example.com:8443'],
      ['https://www.example.com'],
      ['www.example.com/'],
      ['user@www.example.com'],
      ['*.example.com'],
    ]) {
      expect(
        thrown(() => derive('https://www.example.com/', allowed), InvalidRequestError).message,
      ).toContain('"www.example.com"');
    }
    expect(
      thrown(
        () => derive('https://evil.example//www.example.com/', ['www.example.com']),
        InvalidRequestError,
      ).message,
    ).toContain('evil.example');
  });

  test("a relative base URL of the parent's is below the Host that is allowed", () => {
    const request = new Request('https://www.example.com/a/b');
    const options = { to: [], allowedHosts: ['www.example.com'] };
    const child = forwardSession(open({ baseUrl: '/api' }), request, options);
    expect(child.baseUrl?.toString()).toBe('https://www.example.com/api/');
  });

  test('the configured base URL goes before any Host', () => {
    const request = new Request('https://evil.example/');
    expect(
      forwardSession(open({ baseUrl: 'https://api.example.com' }), request, {
        to: [],
      }).baseUrl?.toString(),
    ).toBe('https://api.example.com/');
    expect(
      forwardSession(open(), request, {
        to: [],
        baseUrl: 'https://api.example.com',
        allowedHosts: ['www.example.com'],
      }).baseUrl?.toString(),
    ).toBe('https://api.example.com/');
    expect(forwardSession(open(), request, { to: [] }).baseUrl).toBeUndefined();
  });
});
