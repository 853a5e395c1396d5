import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { describe, expect, test } from 'vitest';
import { authority, identities, type Identity } from '../../support/certificates.ts';
import { open } from '../../support/contract.ts';
import { alwaysOn, h2Server } from '../../support/h2-raw.ts';
import { always, answer, headLines, rawServer } from '../../support/raw-server.ts';

const policy = 'strict-transport-security: max-age=60';
const speaks = always(answer('ok', headLines('200 OK', policy)));

/** Every name leads here. */
const lookup: NonNullable<UndiciTransportOptions['lookup']> = (_host, _options, callback) =>
  callback(null, [{ address: '127.0.0.1', family: 4 }]);

/** The hosts that a session has learned of a server, whose certificate is for `localhost`. */
async function learned(identity: Identity, tls: object): Promise<string[]> {
  const server = await rawServer(speaks, identity);
  const session = open({ transport: undiciTransport({ lookup, tls }), hsts: true });
  await session.get(`https://localhost:${server.port}/`).text();
  return (await session.snapshot()).hsts?.map(({ host }) => host) ?? [];
}

describe('P22: HSTS is learned', () => {
  test('of a server that has shown a good certificate', async () => {
    expect(await learned(identities.good, { ca: authority })).toEqual(['localhost']);
    expect(await learned(identities.good, { ca: authority, verify: false })).toEqual(['localhost']);
  });

  test('over HTTP/2, too', async () => {
    const fields: [string, string][] = [
      [':status', '200'],
      ['strict-transport-security', 'max-age=60'],
    ];
    const server = await h2Server(alwaysOn((peer, stream) => peer.headers(stream, fields, true)));
    const transport = undiciTransport({ http2: true, lookup, tls: { ca: authority } });
    const session = open({ transport, hsts: true });
    await session.get(server.origin.replace('127.0.0.1', 'localhost'));
    expect((await session.snapshot()).hsts).toMatchObject([{ host: 'localhost' }]);
  });

  test('not of one whose certificate nobody vouches for, though it is let pass', async () => {
    expect(await learned(identities.self, { verify: false })).toEqual([]);
    expect(await learned(identities.wrong, { ca: authority, verify: false })).toEqual([]);
  });
});
