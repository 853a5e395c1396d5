import { afterEach, describe, expect, it } from 'vitest';
import { defaults } from '../../src/options/defaults.ts';
import { passThroughNames } from '../../src/options/fetch-names.ts';
import { mergeOptions } from '../../src/options/merge.ts';
import { nullPrototype } from '../../src/options/null-prototype.ts';
import { readOptions } from '../../src/options/read.ts';
import { schema } from '../../src/options/schema.ts';

const platform = { read: (_: string, value: unknown) => value };
const rows = Object.entries(schema);

describe('the schema of options', () => {
  it.each(rows)('says of %s where it may stand, and how what is resolved merges', (_, rule) => {
    const { both, call, session, merge, default: fallback, init } = rule ?? {};
    expect(both ? !call && !session : (call ?? session)).toBeTruthy();
    // What has a default is a resolved option, and goes back to it by null.
    if (fallback !== undefined) expect(merge).toBeDefined();
    if (merge ?? init) expect(both ?? (call && session)).toBeDefined();
  });

  it('has a row for all that passes through to fetch', () => {
    for (const name of passThroughNames) expect(schema[name]?.init, name).toBe(true);
  });

  it('knows every default by its row, beside init', () => {
    const names = rows.filter(([, rule]) => rule?.default !== undefined).map(([name]) => name);
    expect(Object.keys(defaults).toSorted()).toEqual([...names, 'init'].toSorted());
  });
});

describe('options that were read and merged', () => {
  it('are the base itself where a call has nothing to merge', () => {
    const read = readOptions({ json: 1, headers: {} }, 'call', platform);
    expect(mergeOptions(defaults, read)).toBe(defaults);
  });

  it('combine timeout and retry by key, replace all else, and null goes back', () => {
    const merged = mergeOptions(
      defaults,
      readOptions(
        { timeout: { total: 5 }, retry: 1, keepHeaders: ['X-A'], mode: 'cors' },
        'session',
        platform,
      ),
    );
    expect(merged.timeout).toMatchObject({ ...defaults.timeout, total: 5 });
    expect(merged.retry).toEqual({ ...defaults.retry, limit: 1 });
    expect([merged.keepHeaders, { ...merged.init }]).toEqual([['x-a'], { mode: 'cors' }]);
    const nothing = readOptions(
      { timeout: null, retry: null, keepHeaders: null, mode: null },
      'call',
      platform,
    );
    expect(mergeOptions(merged, nothing)).toEqual(
      nullPrototype(defaults, { init: nullPrototype({ mode: undefined }) }),
    );
  });

  it('take any count and any time without a bound', () => {
    const read = readOptions(
      { maxRedirects: Infinity, retry: { limit: Infinity, maxRetryAfter: Infinity } },
      'call',
      platform,
    );
    expect(read).toMatchObject({
      maxRedirects: Infinity,
      retry: { limit: Infinity, maxRetryAfter: Infinity },
    });
    for (const count of [-1, 1.5, NaN, '1', -Infinity])
      expect(() => readOptions({ maxRedirects: count }, 'call', platform)).toThrow(
        'maxRedirects must be a whole number, 0 or more',
      );
  });

  it('ask the platform about what differs between platforms, and about nothing else', () => {
    const asked: string[] = [];
    const read = (name: string, value: unknown) => {
      asked.push(name);
      return value;
    };
    const all = { proxy: false, tls: {}, cookies: {}, maxRedirects: 1, decompress: true, retry: 1 };
    readOptions(all, 'call', { read });
    expect(asked.toSorted()).toEqual(['cookies', 'decompress', 'maxRedirects', 'proxy', 'tls']);
  });

  describe('under a polluted Object.prototype', () => {
    const columns = ['both', 'call', 'session', 'merge', 'default', 'init', 'platform', 'aliases'];
    afterEach(() => {
      for (const name of columns) Reflect.deleteProperty(Object.prototype, name);
    });

    it.each(columns)('%s is filled in for no row', (column) => {
      Object.defineProperty(Object.prototype, column, {
        value: () => 'evil',
        configurable: true,
        writable: true,
      });
      for (const [, rule] of rows)
        if (rule) expect(column in rule).toBe(Object.hasOwn(rule, column));
      expect(() => readOptions({ baseUrl: 'http://a' }, 'call', platform)).toThrow(
        'baseUrl is no call option',
      );
      const read = readOptions({ json: 1, parseJson: null }, 'call', platform);
      const merged = mergeOptions(defaults, read);
      expect(Object.keys(merged).toSorted()).toEqual(
        [...Object.keys(defaults), 'parseJson'].toSorted(),
      );
      expect(merged.parseJson).toBe(undefined);
      expect(merged.init).toBe(defaults.init);
    });
  });
});
