import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readProxy } from '../../../src/node/proxy/settings.ts';
import { printed } from '../../support/printed.ts';
import {
  canary,
  chooseProxy,
  environmentProxy,
  refusal,
  readServer,
  readSettings,
} from './settings.ts';

describe('L1: nothing printed shows credentials', () => {
  const option = {
    http: `http://${canary}User:${canary}Pass@p`,
    https: `socks5://:${canary}Pass@p`,
    all: `${canary}User@p`,
    noProxy: `a,http://${canary}User:${canary}Pass@b`,
  };

  test('of the settings', () => {
    const text = printed(readSettings(option));
    expect(text).not.toContain(canary);
    expect(text).toContain('ProxySettings');
    expect(text).toContain('http://[redacted]@p:80');
    expect(JSON.parse(JSON.stringify(readSettings(option)))).toEqual({
      http: 'http://[redacted]@p:80',
      https: 'socks5://[redacted]@p:1080',
      all: 'http://[redacted]@p:80',
      noProxy: ['a', 'http://[redacted]@b'],
    });
  });

  test('of a server, a copy of it or its origin', () => {
    for (const url of ['http://x/', 'https://x/']) {
      const one = readServer(option, url);
      for (const value of [one, { ...one }, structuredClone(one)])
        expect(printed(value)).not.toContain(canary);
      expect(inspect(one, { customInspect: false })).not.toContain(canary);
      expect(one.origin).not.toContain(canary);
      expect(printed(one)).toContain('[redacted]@p:');
    }
    expect(inspect(readServer('http://p'))).toBe("ProxyServer { url: 'http://p:80' }");
  });

  test.each([
    `http://${canary}:${canary}@p:99999`,
    `http://u:${canary}#${canary}@p`,
    `http://u:${canary}/${canary}@p`,
    `http://u:12#${canary}@p`,
    `http://u:12/${canary}@p`,
    `http://u:12?${canary}@p`,
    `http://u:12\\${canary}@p`,
    `ftp://u:${canary}@p`,
    `${canary}://p`,
    `u:${canary}`,
    `http://u:${canary}`,
    `http://u:${canary}@`,
    `http://${canary}:%ff@p`,
    `http://${canary}%3A:${canary}@p`,
    `http://u:${canary}%00@p`,
    `socks5://u:${canary}@a%2fb`,
    new URL(`ftp://u:${canary}@p`),
  ])('of an error about %s', (value) => {
    expect(printed(refusal(() => readProxy(value, 'proxy')))).not.toContain(canary);
    const broken = environmentProxy({ HTTPS_PROXY: String(value) });
    expect(printed(broken)).not.toContain(canary);
    expect(printed(refusal(() => chooseProxy(broken, 'https://a.example/')))).not.toContain(canary);
  });
});
