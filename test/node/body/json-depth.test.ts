import { InvalidRequestError } from 'isosession';
import { describe, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

test('I9: a body that holds __proto__ is data: nothing of the session changes', async () => {
  const server = await rawServer(
    always(
      answer(
        `{
          "__proto__": { "polluted": 1 },
          "constructor": { "prototype": { "polluted": 1 } },
          "headers": { "x-evil": "1" }
        }`,
      ),
    ),
  );
  const session = open({ baseUrl: server.origin });
  const data = await session.get('').json<Record<string, unknown>>();
  expect(Object.hasOwn(data, '__proto__')).toBe(true);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  await session.get('', {
    context: data,
    searchParams: { ...(JSON.parse('{"__proto__":"1"}') as object) },
  });
  expect(server.requests.at(-1)?.head).not.toContain('x-evil');
});

describe('D4: data of any depth', () => {
  const deep = (): unknown => {
    let data: unknown = 1;
    for (let n = 0; n < 100_000; n++) data = [data];
    return data;
  };
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  test.each<{ name: string; data: unknown }>([
    { name: 'a cycle', data: cycle },
    { name: 'a BigInt', data: 1n },
    { name: 'a function', data: () => {} },
    {
      name: 'a toJSON that throws',
      data: {
        toJSON: () => {
          throw new Error('no');
        },
      },
    },
  ])('as json: $name is a typed error, and nothing is sent', async ({ data }) => {
    const server = await rawServer(always(answer('ok')));
    await rejection(open({ retry: 0 }).post(server.origin, { json: data }), InvalidRequestError);
    expect(server.requests).toEqual([]);
  });

  // From Node 26 on, JSON has no such limit.
  test('as json: 100,000 levels are sent whole, or are a typed error and not sent', async () => {
    const server = await rawServer(always(answer('ok')));
    const failure = await open({ retry: 0 })
      .post(server.origin, { json: deep() })
      .text()
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    if (failure) expect(failure).toBeInstanceOf(InvalidRequestError);
    expect(server.requests.map(({ body }) => body.length)).toEqual(failure ? [] : [200_001]);
  });

  test('as form or searchParams: what is no scalar is a typed error', async () => {
    const server = await rawServer(always(answer('ok')));
    const session = open({ retry: 0 });
    for (const value of [{ a: { b: 1 } }, { a: [[1]] }, { a: cycle }, { a: deep() }]) {
      await rejection(session.post(server.origin, { form: value as never }), InvalidRequestError);
      await rejection(
        session.get(server.origin, { searchParams: value as never }),
        InvalidRequestError,
      );
    }
    expect(server.requests).toEqual([]);
  });

  test('in a response: 100,000 levels are read or are a typed error', async () => {
    const text = '['.repeat(100_000) + ']'.repeat(100_000);
    const server = await rawServer(always(answer(text)));
    const outcome = await open({ retry: 0 })
      .get(server.origin)
      .json()
      .catch((error: unknown) => error);
    if (!Array.isArray(outcome)) expect(outcome).toMatchObject({ code: 'ERR_DECODE' });
  });
});
