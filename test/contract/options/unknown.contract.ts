import { InvalidRequestError, type RequestOptions, Session, type SessionOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, thrown } from '../../support/contract.ts';

const url = 'http://app.test/';

describe('an option that does not exist', () => {
  test.each([
    ['params', 'searchParams'],
    ['query', 'searchParams'],
    ['qs', 'searchParams'],
    ['data', 'form'],
    ['header', 'headers'],
    ['timeouts', 'timeout'],
    ['retries', 'retry'],
    ['maxRedirect', 'maxRedirects'],
    ['throwHttpError', 'throwHttpErrors'],
    ['searchparams', 'searchParams'],
  ])('%s rejects before anything is sent and the message names %s', async (name, meant) => {
    const transport = inProcess(() => new Response());
    const error = await rejection(
      open({ transport }).get(url, { [name]: {} } as RequestOptions),
      InvalidRequestError,
    );
    expect(error.message).toContain(name);
    expect(error.message).toContain(meant);
    expect(transport.seen).toEqual([]);
  });

  test.each([
    ['baseURL', 'baseUrl'],
    ['prefixUrl', 'baseUrl'],
    ['prefix', 'baseUrl'],
    ['params', 'searchParams'],
    ['cookie', 'cookies'],
  ])('of a session throws at once: %s, and the message names %s', (name, meant) => {
    const error = thrown(() => new Session({ [name]: {} } as SessionOptions), InvalidRequestError);
    expect(error.message).toContain(name);
    expect(error.message).toContain(meant);
  });

  test('within timeout or retry is refused too', async () => {
    const transport = inProcess(() => new Response());
    const session = open({ transport });
    expect(
      (await rejection(session.get(url, { timeout: { reponse: 5 } as never }), InvalidRequestError))
        .message,
    ).toContain('response');
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

  test.each([
    ['method', 'GET'],
    ['json', 1],
    ['form', {}],
    ['body', 'x'],
    ['signal', new AbortController().signal],
  ])('%s is of a call only', (name, value) => {
    expect(
      thrown(() => new Session({ [name]: value } as SessionOptions), InvalidRequestError).message,
    ).toContain(name);
  });
});
