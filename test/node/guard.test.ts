import { lookup as resolve } from 'node:dns';
import { once } from 'node:events';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { InvalidRequestError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Guard, readGuard } from '../../src/node/connect/guard.ts';
import { always, answer, rawServer } from '../support/raw-server.ts';

/** Why the guard refuses an address; '' when it does not. */
function verdict(guard: Guard, address: string): string {
  const refusal = guard.refusal(address, 'app.test');
  if (refusal) expect(refusal).toBeInstanceOf(InvalidRequestError);
  return refusal?.message ?? '';
}

/** The kind of address that a guard without options takes it for. */
const kindOf = (address: string): string =>
  / is ([\w -]+)/.exec(verdict(readGuard({}), address))?.[1]?.trim() ?? '';

describe('X3: what is no host on the Internet is not connected to', () => {
  test.each([
    ['unspecified', '0.0.0.0 0.1.2.3 0.255.255.255 :: ::ffff:0.0.0.0'],
    [
      'loopback',
      '127.0.0.1 127.1.2.3 127.255.255.255 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::127.0.0.1 64:ff9b::7f00:1',
    ],
    [
      'private',
      '10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255 ::ffff:10.0.0.1 64:ff9b::192.168.1.1',
    ],
    [
      'private',
      'fc00:: fd12:3456::1 fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1 feff::1 64:ff9b:1::1 64:ff9b:1:ffff::10.0.0.1',
    ],
    ['link-local', '169.254.0.0 169.254.255.255 ::ffff:169.254.1.1 fe80::1 fe80::1%eth0 febf::1'],
    [
      'cloud metadata',
      '169.254.169.254 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe fd00:ec2::254 100.100.100.200 168.63.129.16',
    ],
    ['multicast', '224.0.0.0 239.255.255.255 ff00:: ff02::1 ffff::1'],
    [
      'reserved',
      '192.0.0.0 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.0 192.88.99.255 198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 240.0.0.0 255.255.255.255',
    ],
    [
      'reserved',
      '::2 ::127.0.0.1 ::ffff:0:127.0.0.1 100::1 2001::1 2001:10::1 2001:1ff:: 2001:db8:: 2001:db8:ffff::1 2002::1 2002:7f00:1::1 2002:808:808::1 2002:ffff::1 3fff:: 3fff:fff::1 1fff::1 4000::1 5f00::1 7fff::1 8000::1 fbff::1 fe00::1 fe7f::1 64:ff9a::1 64:ff9b:0:0:0:1:808:808',
    ],
  ])('%s: %s', (kind, addresses) => {
    for (const address of addresses.split(' '))
      expect([address, kindOf(address)]).toEqual([address, kind]);
  });

  test.each([
    '1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0',
    '192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 8.8.8.8 168.63.129.15',
    '2000::1 2001:200::1 2001:4860:4860::8888 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111 3ffe::1 3fff:1000::1 ::ffff:8.8.8.8 ::ffff:808:808 64:ff9b::8.8.8.8 64:ff9b::808:808',
  ])('and what is one is: %s', (addresses) => {
    for (const address of addresses.split(' '))
      expect([address, verdict(readGuard({}), address)]).toEqual([address, '']);
  });

  test.each([
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::]/',
    'http://１２７.0.0.1/',
  ])('however a URL spells it: %s', (url) => {
    expect(verdict(readGuard({}), new URL(url).hostname.replace(/[[\]]/g, ''))).toMatch(
      /loopback|unspecified/,
    );
  });

  test.each(['', 'localhost', '127.1', '[::1]', '0x7f.0.0.1', '1.2.3.4/32'])(
    'nor is what is no address: %j',
    (address) => {
      expect(
        verdict(readGuard({ allowPrivate: true, allow: ['0.0.0.0/0', '::/0'] }), address),
      ).toContain('is no IP address');
    },
  );

  test('the message names the host, the address, why and what to do, without the credentials of a URL', () => {
    const guard = readGuard({ deny: ['8.8.0.0/16'] });
    expect(guard.refusal('10.1.2.3', 'http://user:secret@intra.test/x')).toEqual(
      new InvalidRequestError(
        'The guard refuses http://[redacted]@intra.test/x: 10.1.2.3 is private (10.0.0.0/8); what may be connected to all the same stands in guard.allow',
      ),
    );
    expect(guard.refusal('8.8.4.4', 'dns.test')).toEqual(
      new InvalidRequestError(
        'The guard refuses dns.test: 8.8.4.4 stands in guard.deny (8.8.0.0/16)',
      ),
    );
  });
});

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
    [{ alow: [] }, 'alow is not a guard option: did you mean allow?'],
    [{ block: [] }, 'block is not a guard option'],
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

/** Names whose addresses are these; with each lookup the next list, then the last again. */
function names(...lists: string[][]): LookupFunction {
  return (_name, { all }, callback) => {
    const [list = []] = lists.length > 1 ? lists.splice(0, 1) : lists;
    const found = list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  };
}

/** What a lookup gives: its addresses, or its error. */
async function look(lookup: LookupFunction, all: boolean, name = 'app.test'): Promise<unknown[]> {
  return new Promise((done) => lookup(name, { all }, (...result) => done(result)));
}

describe('a lookup of a guard', () => {
  test('gives the addresses that may be connected to, and the error of the first when there is none', async () => {
    const lookup = (list: string[]): LookupFunction => readGuard({}).lookup(names(list));
    expect(await look(lookup(['10.0.0.1', '8.8.8.8', '::1', '2606:4700::1']), true)).toEqual([
      null,
      [
        { address: '8.8.8.8', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
      undefined,
    ]);
    expect(await look(lookup(['8.8.8.8']), false)).toEqual([null, '8.8.8.8', 4]);
    expect((await look(lookup(['10.0.0.1', '::1']), true))[0]).toEqual(
      new InvalidRequestError(
        'The guard refuses app.test: 10.0.0.1 is private (10.0.0.0/8); what may be connected to all the same stands in guard.allow',
      ),
    );
    expect((await look(lookup(['127.0.0.1']), false))[0]).toBeInstanceOf(InvalidRequestError);
    expect(await look(lookup([]), true)).toEqual([null, [], undefined]);
  });

  test('passes the error of a name that does not resolve', async () => {
    const failure = new Error('ENOTFOUND');
    expect(
      (
        await look(
          readGuard({}).lookup((_name, _options, callback) => callback(failure, '')),
          true,
        )
      )[0],
    ).toBe(failure);
  });

  test('X3: judges each lookup anew, so that a name that is bound to another address is refused', async () => {
    const lookup = readGuard({}).lookup(names(['1.2.3.4'], ['127.0.0.1']));
    expect(await look(lookup, false)).toEqual([null, '1.2.3.4', 4]);
    for (const all of [false, true])
      expect((await look(lookup, all))[0]).toBeInstanceOf(InvalidRequestError);
  });

  test.each(['localhost', '2130706433', '0x7f.1'])(
    'X3: judges what the system makes of %s',
    async (name) => {
      for (const all of [false, true])
        expect(
          (await look(readGuard({}).lookup(resolve as LookupFunction), all, name))[0],
        ).toBeInstanceOf(InvalidRequestError);
    },
  );

  test.each([true, false])(
    'X3: keeps a socket from being opened, with autoSelectFamily %s',
    async (autoSelectFamily) => {
      const server = await rawServer(always(answer('ok')));
      const open = (guard: Guard): Socket => {
        const socket = connect({
          host: 'app.test',
          port: server.port,
          autoSelectFamily,
          lookup: guard.lookup(names(['127.0.0.1', '::1'])),
        });
        onTestFinished(() => void socket.destroy());
        return socket;
      };
      const [error] = (await once(open(readGuard({})), 'error')) as [unknown];
      expect(error).toBeInstanceOf(InvalidRequestError);
      expect(server.peers).toHaveLength(0);
      const allowed = open(readGuard({ allow: ['127.0.0.1'] }));
      await once(allowed, 'connect');
      expect(verdict(readGuard({}), allowed.remoteAddress ?? '')).toContain('loopback');
    },
  );
});
