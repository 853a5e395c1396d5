import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../src/errors/invalid-request-error.ts';
import type { CookieRecord } from '../../src/types/cookies.ts';
import { newJar, respond, send } from './jars.ts';

const base = new URL('https://example.com/v1/');

describe('what a program may set', () => {
  const controls = [...Array(32).keys(), 127].map((code) => String.fromCharCode(code));

  it('no control character gets in through any field of a record', async () => {
    const jar = newJar(base);
    for (const control of controls) {
      for (const field of ['name', 'value', 'domain', 'path', 'sameSite', 'expires']) {
        const text =
          {
            name: 'n',
            value: 'v',
            domain: 'example.com',
            path: '/',
            sameSite: 'lax',
            expires: '1',
          }[field] ?? '';
        const record = {
          name: 'a',
          value: 'b',
          [field]: `${text}${control}x`,
        } as unknown as CookieRecord;
        await expect(jar.set(record), JSON.stringify(record)).rejects.toThrow(InvalidRequestError);
      }
      if (control !== '\t') expect(await jar.set(`a=b${control}c`)).toEqual({ rejected: 'ctl' });
    }
    expect(jar.size).toBe(0);
  });

  it.each<{ name: string; record: unknown }>([
    { name: 'a name with an equals sign', record: { name: 'a=b', value: '' } },
    { name: 'a name with a semicolon', record: { name: 'a;b', value: '' } },
    { name: 'a name with a comma', record: { name: 'a,b', value: '' } },
    { name: 'a value with a semicolon', record: { name: 'a', value: '1; b=2' } },
    { name: 'a path with a semicolon', record: { name: 'a', value: '', path: '/;secure' } },
    {
      name: 'a domain with a semicolon',
      record: { name: 'a', value: '', domain: 'example.com;x' },
    },
    { name: 'a path without a slash', record: { name: 'a', value: '', path: 'x' } },
    { name: 'a value that forges a name', record: { name: '', value: 'b=2' } },
    { name: 'no name', record: { value: '' } },
    { name: 'no value', record: { name: 'a' } },
    { name: 'a value that is a number', record: { name: 'a', value: 1 } },
    { name: 'a Date', record: { name: 'a', value: '', expires: new Date() } },
    { name: 'NaN', record: { name: 'a', value: '', expires: Number.NaN } },
    { name: 'a truthy flag', record: { name: 'a', value: '', secure: 'yes' } },
    { name: 'another SameSite', record: { name: 'a', value: '', sameSite: 'Lax' } },
    { name: 'a domain that is no string', record: { name: 'a', value: '', domain: {} } },
    { name: 'an array', record: [] },
    { name: 'null', record: null },
    { name: 'undefined', record: undefined },
    { name: 'a number', record: 5 },
  ])('$name is a mistake', async ({ record }) => {
    const jar = newJar(base);
    await expect(jar.set(record as CookieRecord)).rejects.toThrow(InvalidRequestError);
    expect(jar.size).toBe(0);
  });

  it('names the cookie and never its value in an error', async () => {
    const error = await newJar(base)
      .set({ name: 'sid', value: 'topsecret;' })
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain('"sid"');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('topsecret');
  });

  it('reads own properties only, of records and of the last argument', async () => {
    const jar = newJar(base);
    const polluted = Object.prototype as unknown as Record<string, unknown>;
    Object.assign(polluted, { domain: 'evil.com', httpOnly: true, path: '/evil', http: false });
    try {
      expect(await jar.set({ name: 'a', value: '1' })).toMatchObject({
        domain: 'example.com',
        httpOnly: false,
        path: '/',
      });
      expect(await jar.set('b=1; HttpOnly', base, {})).toMatchObject({ httpOnly: true });
    } finally {
      for (const key of ['domain', 'httpOnly', 'path', 'http']) delete polluted[key];
    }
  });

  it('bytes above ASCII come back unchanged; text beyond Latin-1 goes out as UTF-8', async () => {
    const jar = newJar(base);
    respond(jar, base, 'bytes=\xc3\xa9\xff; Path=/');
    await jar.set({ name: 'text', value: '春' });
    expect(await jar.get('text')).toMatchObject({ value: '春' });
    expect(send(jar, base)).toBe('bytes=\xc3\xa9\xff; text=\xe6\x98\xa5');
  });
});
