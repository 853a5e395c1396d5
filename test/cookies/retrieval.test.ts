import { describe, expect, it } from 'vitest';
import { newJar, refusal, respond, send } from './jars.ts';

describe('paths and order', () => {
  it.each([
    { path: '/foo', at: '/foo', sent: true },
    { path: '/foo', at: '/foo/', sent: true },
    { path: '/foo', at: '/foo/bar', sent: true },
    { path: '/foo', at: '/foobar', sent: false },
    { path: '/foo/', at: '/foo', sent: false },
    { path: '/foo/', at: '/foo/bar', sent: true },
    { path: '/', at: '/any', sent: true },
    { path: '/%66oo', at: '/foo', sent: false },
    { path: '/foo', at: '/%66oo', sent: false },
    { path: '/Foo', at: '/foo', sent: false },
    { path: '/a%2Fb', at: '/a/b', sent: false },
  ])('a cookie of the path $path at $at is sent: $sent', ({ path, at, sent }) => {
    const jar = newJar();
    respond(jar, 'http://example.com/', `a=1; Path=${path}`);
    expect(send(jar, `http://example.com${at}`)).toBe(sent ? 'a=1' : '');
  });

  it.each([
    ['/', '/'],
    ['/a', '/'],
    ['/a/', '/a'],
    ['/a/b', '/a'],
    ['/a/b/c?x=/y/z', '/a/b'],
    ['//a', '/'],
  ])('the default path of %s is %s', async (at, path) => {
    expect(await newJar().set('a=1', `http://example.com${at}`)).toMatchObject({ path });
  });

  it('a Path outside ASCII refuses the cookie when it is the last one', async () => {
    expect(await refusal(newJar(), 'a=1; Path=/\xe4', 'http://example.com/')).toBe(
      'path-non-ascii',
    );
    expect(await refusal(newJar(), 'a=1; Path=/\xe4; Path=/', 'http://example.com/')).toBe(
      'stored',
    );
  });

  it('longer paths go first, then older cookies; an update keeps its place', () => {
    const jar = newJar();
    respond(
      jar,
      'http://www.example.com/a/b',
      'first=1; Path=/',
      'second=1; Path=/; Domain=example.com',
      'deep=1; Path=/a/b',
      'mid=1',
    );
    respond(jar, 'http://www.example.com/a/b', 'third=1; Path=/', 'first=2; Path=/');
    expect(send(jar, 'http://www.example.com/a/b')).toBe(
      'deep=1; mid=1; first=2; second=1; third=1',
    );
  });

  it('a host-only and a domain cookie of one name are two', () => {
    const jar = newJar();
    respond(jar, 'http://example.com/', 'a=host', 'a=domain; Domain=example.com');
    expect(send(jar, 'http://example.com/')).toBe('a=host; a=domain');
    expect(send(jar, 'http://www.example.com/')).toBe('a=domain');
  });
});
