import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { readGuard } from '../../../src/node/connect/guard.ts';
import { verdict } from './verdict.ts';

describe('the options of a guard', () => {
  test('allow opens single addresses and ranges, in IPv4-mapped form too, and nothing else', () => {
    const guard = readGuard({ allow: ['10.1.0.0/16', '127.0.0.1', 'fd00::/16'] });
    for (const address of [
      '10.1.0.0',
      '10.1.255.255',
      '::ffff:10.1.2.3',
      '127.0.0.1',
      'fd00::1',
      '8.8.8.8',
    ])
      expect([address, verdict(guard, address)]).toEqual([address, '']);
    for (const address of [
      '10.2.0.0',
      '127.0.0.2',
      '::1',
      'fd01::1',
      '64:ff9b::10.1.2.3',
      '2002:a01:203::',
    ])
      expect([address, verdict(guard, address)]).not.toEqual([address, '']);
  });

  test('deny goes over allow and allowPrivate, and sees through NAT64 and 6to4', () => {
    for (const guard of [
      readGuard({ allow: ['10.0.0.0/8', '2002::/16'], deny: ['10.9.0.0/16', '8.8.8.8'] }),
      readGuard({ allowPrivate: true, deny: ['10.9.0.0/16', '8.8.8.8'] }),
    ]) {
      for (const address of ['10.8.0.1', '2002:a08:1::', '8.8.4.4'])
        expect([address, verdict(guard, address)]).toEqual([address, '']);
      for (const address of [
        '10.9.0.1',
        '::ffff:10.9.0.1',
        '64:ff9b::10.9.0.1',
        '2002:a09:1::',
        '8.8.8.8',
        '64:ff9b::8.8.8.8',
        '2002:808:808::1',
      ])
        expect(verdict(guard, address)).toContain('guard.deny');
    }
  });

  test('allowPrivate opens all that deny does not close', () => {
    const guard = readGuard({ allowPrivate: true });
    for (const address of [
      '127.0.0.1',
      '169.254.169.254',
      '10.0.0.1',
      '::1',
      'fe80::1%eth0',
      '224.0.0.1',
      '2002::1',
      '64:ff9b::7f00:1',
    ])
      expect([address, verdict(guard, address)]).toEqual([address, '']);
  });

  test.each([
    [undefined, 'guard options must be an object'],
    [null, 'guard options must be an object'],
    [true, 'guard options must be an object'],
    [['10.0.0.0/8'], 'guard options must be an object'],
    [{ alow: [] }, 'alow is no guard option: did you mean allow?'],
    [{ block: [] }, 'block is no guard option'],
    [{ allowPrivate: 'no' }, 'guard.allowPrivate must be of type boolean'],
    [{ allowPrivate: null }, 'guard.allowPrivate must be of type boolean'],
    [{ allow: '10.0.0.0/8' }, 'guard.allow must be an array of IP addresses or ranges'],
    [
      { allow: ['10.0.0.0/8', '10.0.0'] },
      'guard.allow: "10.0.0" is no IP address or range of them such as 10.0.0.0/8',
    ],
    [
      { deny: ['intra.test'] },
      'guard.deny: "intra.test" is no IP address or range of them such as 10.0.0.0/8',
    ],
    [{ deny: [7] }, 'guard.deny: 7 is no IP address or range of them such as 10.0.0.0/8'],
  ])('%j is refused', (value, message) => {
    expect(() => readGuard(value)).toThrow(new InvalidRequestError(message));
  });

  test('M1: are own properties alone, whatever is inherited', () => {
    const polluted = { allowPrivate: true, allow: ['127.0.0.0/8'] };
    Object.assign(Object.prototype, polluted);
    try {
      expect(verdict(readGuard({}), '127.0.0.1')).toContain('loopback');
    } finally {
      for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(verdict(readGuard(Object.create(polluted)), '127.0.0.1')).toContain('loopback');
    expect(
      verdict(readGuard({ allowPrivate: undefined, allow: undefined }), '127.0.0.1'),
    ).toContain('loopback');
  });
});
