import { refresh, type Session, type Tokens } from 'isosession';
import { describe, expect, test } from 'vitest';
import { deferred, inProcess, open, reasonOf, sites } from '../../../support/contract.ts';
import {
  acceptOnly,
  openExpired,
  expired,
  renewAt,
  countRenewals,
  requestsTo,
} from './expired-session.ts';

const statuses = (responses: Response[]) => [...new Set(responses.map(({ status }) => status))];

const url = 'http://app.test/';

describe('a call that is aborted while it waits', () => {
  test('rejects alone, with its own reason', async () => {
    const { a } = sites();
    const session: Session = openExpired(a, { renew: renewAt(() => session, 'renewal?key=token') });
    const controller = new AbortController();
    const aborted = session.get('private', { signal: controller.signal });
    const others = Promise.all([session.get('private'), session.get('private')]);
    await a.requests({ requests: 4 });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await reasonOf(aborted)).toBe(reason);
    await a.release('token');
    expect(statuses(await others)).toEqual([200]);
    expect(await countRenewals(a)).toBe(1);
    expect(await requestsTo(a, 'private')).toHaveLength(5);
  });

  test('does not end the renewal, even if it was the last', async () => {
    const { a } = sites();
    let aborts: AbortSignal | undefined;
    const session: Session = openExpired(a, {
      renew(tokens, signal) {
        aborts = signal;
        return renewAt(() => session, 'renewal?key=token')(tokens);
      },
    });
    const controller = new AbortController();
    const aborted = session.get('private', { signal: controller.signal });
    await a.requests({ requests: 2 });
    controller.abort();
    await reasonOf(aborted);
    const next = session.get('private');
    await a.release('token');
    expect((await next).status).toBe(200);
    expect(aborts?.aborted).toBe(false);
    expect(await countRenewals(a)).toBe(1);
  });

  test('ends by the signal that a middleware gave it', async () => {
    const controller = new AbortController();
    const started = deferred();
    const session = open({
      transport: acceptOnly(() => 'never'),
      auth: refresh({
        load: () => expired,
        renew: () => (started.resolve(), new Promise(() => {})),
      }),
    });
    session.use((request, next) => next({ ...request, signal: controller.signal }));
    const call = session.get(url);
    await started.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await reasonOf(call)).toBe(reason);
  });
});

test('an aborted attempt leaves its renewal to the next attempt of the call', async () => {
  const renewed = deferred<Tokens>();
  const started = deferred();
  const transport = inProcess(({ headers }, count) => {
    // By then the next attempt waits for the renewal.
    if (count === 2) setTimeout(() => renewed.resolve({ accessToken: 'b' }));
    return new Response(null, { status: headers.get('authorization') === 'Bearer b' ? 200 : 401 });
  });
  const session = open({
    transport,
    auth: refresh({ load: () => expired, renew: () => (started.resolve(), renewed.promise) }),
  });
  const controller = new AbortController();
  session.use((request, next) =>
    next({ ...request, signal: controller.signal }).catch(() => next(request)),
  );
  const call = session.get(url);
  await started.promise;
  controller.abort();
  expect((await call).status).toBe(200);
  expect(transport.seen).toHaveLength(3);
});

test('an attempt that waits for an earlier renewal ends by its own signal', async () => {
  const started = deferred();
  const second = new AbortController();
  const reason = new Error('enough');
  const transport = inProcess((_, count) => {
    if (count === 2) setTimeout(() => second.abort(reason));
    return new Response(null, { status: 401 });
  });
  const session = open({
    transport,
    auth: refresh({ load: () => expired, renew: () => (started.resolve(), new Promise(() => {})) }),
  });
  const first = new AbortController();
  session.use((request, next) =>
    next({ ...request, signal: first.signal }).catch(() =>
      next({ ...request, signal: second.signal }),
    ),
  );
  const call = reasonOf(session.get(url));
  await started.promise;
  first.abort();
  expect(await call).toBe(reason);
});
