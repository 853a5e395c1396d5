import { type Session, UnsupportedError } from 'isosession';
import { undiciTransport, type UndiciTransportOptions } from 'isosession/node';
import { Agent, getGlobalDispatcher, MockAgent, setGlobalDispatcher } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../../support/certificates.ts';
import { open, sites } from '../../support/contract.ts';
import { tlsServer } from '../../support/tls-server.ts';

/** Whether it obeys a proxy: the server is one to who asks it for a whole URL. */
async function takesProxy(session: Session): Promise<boolean> {
  const { a } = sites();
  const url = a.url('echo').replace(a.origin, 'http://nowhere.test');
  return isTaken(session.get(url, { proxy: a.origin }));
}

/** Whether it obeys TLS settings: without them it would trust no server of the tests. */
async function takesTls(session: Session): Promise<boolean> {
  const server = await tlsServer(identities.good, { h2: true });
  return isTaken(session.get(server.origin, { tls: { ca: authority } }));
}

async function tellsTimings(session: Session): Promise<boolean> {
  const { timings, connection } = await session.get(sites().a.url('echo'));
  expect(timings === undefined).toBe(connection === undefined);
  return timings !== undefined;
}

async function isTaken(call: Promise<Response>): Promise<boolean> {
  return call.then(
    ({ status }) => status === 200,
    (error: unknown) => {
      expect(error).toBeInstanceOf(UnsupportedError);
      return false;
    },
  );
}

describe('session.capabilities', () => {
  test.each<{ name: string; options: () => UndiciTransportOptions }>([
    { name: 'as it is', options: () => ({}) },
    { name: 'with HTTP/2', options: () => ({ http2: true }) },
    { name: 'with a guard', options: () => ({ guard: { allowPrivate: true } }) },
    { name: 'with a dispatcher', options: () => ({ dispatcher: dispatcher() }) },
  ])('of undiciTransport $name are what it does', async ({ options }) => {
    const session = open({ retry: 0, trustEnv: false, transport: undiciTransport(options()) });
    const { proxy, tls, timings } = session.capabilities;
    expect({ proxy, tls, timings }).toEqual({
      proxy: await takesProxy(session),
      tls: await takesTls(session),
      timings: await tellsTimings(session),
    });
  });

  test('know the dispatcher of the application, for as long as it has one', async () => {
    const session = open({ retry: 0 });
    expect(session.capabilities.timings).toBe(true);
    const before = getGlobalDispatcher();
    onTestFinished(() => setGlobalDispatcher(before));
    const agent = new MockAgent();
    agent.enableNetConnect();
    setGlobalDispatcher(agent);
    expect(session.capabilities).toMatchObject({ timings: false, proxy: true, tls: true });
    expect(await tellsTimings(session)).toBe(false);
    expect([await takesProxy(session), await takesTls(session)]).toEqual([true, true]);
  });
});

function dispatcher(): Agent {
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  return agent;
}
