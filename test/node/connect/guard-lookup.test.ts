import { lookup as resolve } from 'node:dns';
import { once } from 'node:events';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { InvalidRequestError } from 'isosession';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Guard, readGuard } from '../../../src/node/connect/guard.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { verdict } from './verdict.ts';

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
  test('gives the addresses that are allowed, or else the error of the first', async () => {
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
        'The guard refuses app.test: 10.0.0.1 is private (10.0.0.0/8); ' +
          'what may be connected to all the same stands in guard.allow',
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

  test('X3: judges each lookup anew, also when a name has another address by then', async () => {
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
