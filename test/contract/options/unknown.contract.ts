import { InvalidRequestError, type RequestOptions, Session, type SessionOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, inProduction, open, rejection, thrown } from '../../support/contract.ts';

const url = 'http://app.test/';

describe('an option that does not exist', () => {
  for (const { unknown, meant } of [
    { unknown: 'params', meant: 'searchParams' },
    { unknown: 'query', meant: 'searchParams' },
    { unknown: 'qs', meant: 'searchParams' },
    { unknown: 'data', meant: 'form' },
    { unknown: 'header', meant: 'headers' },
    { unknown: 'timeouts', meant: 'timeout' },
    { unknown: 'retries', meant: 'retry' },
    { unknown: 'maxRedirect', meant: 'maxRedirects' },
    { unknown: 'throwHttpError', meant: 'throwHttpErrors' },
    { unknown: 'searchparams', meant: 'searchParams' },
  ]) {
    test(`${unknown} rejects before anything is sent and the message names ${meant}`, async () => {
      const transport = inProcess(() => new Response());
      const error = await rejection(
        open({ transport }).get(url, { [unknown]: {} } as RequestOptions),
        InvalidRequestError,
      );
      expect(error.message).toContain(unknown);
      if (!inProduction) expect(error.message).toContain(meant);
      expect(transport.seen).toEqual([]);
    });
  }

  for (const { unknown, meant } of [
    { unknown: 'baseURL', meant: 'baseUrl' },
    { unknown: 'prefixUrl', meant: 'baseUrl' },
    { unknown: 'prefix', meant: 'baseUrl' },
    { unknown: 'params', meant: 'searchParams' },
    { unknown: 'cookie', meant: 'cookies' },
  ]) {
    test(`of a session throws at once: ${unknown}, and the message names ${meant}`, () => {
      const error = thrown(
        () => new Session({ [unknown]: {} } as SessionOptions),
        InvalidRequestError,
      );
      expect(error.message).toContain(unknown);
      if (!inProduction) expect(error.message).toContain(meant);
    });
  }

  test('within timeout or retry is refused too', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    expect(
      (await rejection(session.get(url, { timeout: { reponse: 5 } as never }), InvalidRequestError))
        .message,
    ).toContain(inProduction ? 'timeout.reponse' : 'response');
    expect(
      (await rejection(session.get(url, { retry: { limits: 5 } as never }), InvalidRequestError))
        .message,
    ).toContain('limit');
    thrown(() => open({ hooks: { beforeRequests: [] } as never }), InvalidRequestError);
  });

  test('is not asked of what runtimes and frameworks add', async () => {
    const transport = inProcess(() => new Response());
    const added = [
      'duplex',
      'window',
      'next',
      'cf',
      'client',
      'unix',
      'verbose',
      'decompress',
      'targetAddressSpace',
      'attributionReporting',
      'privateToken',
    ];
    for (const name of added)
      await open({ transport }).get(url, { [name]: null } as RequestOptions);
    expect(transport.seen).toHaveLength(added.length);
  });

  test.each(['baseUrl', 'origins', 'hooks', 'trustEnv'])(
    '%s is of a session only',
    async (name) => {
      const transport = inProcess(() => new Response());
      const value = { baseUrl: url, origins: [], hooks: {}, trustEnv: true }[name];
      expect(
        (
          await rejection(
            open({ transport }).get(url, { [name]: value } as RequestOptions),
            InvalidRequestError,
          )
        ).message,
      ).toContain(name);
      expect(transport.seen).toEqual([]);
    },
  );

  for (const { name, value } of [
    { name: 'method', value: 'GET' },
    { name: 'json', value: 1 },
    { name: 'form', value: {} },
    { name: 'body', value: 'x' },
    { name: 'signal', value: new AbortController().signal },
  ]) {
    test(`${name} is of a call only`, () => {
      expect(
        thrown(() => new Session({ [name]: value } as SessionOptions), InvalidRequestError).message,
      ).toContain(name);
    });
  }
});
