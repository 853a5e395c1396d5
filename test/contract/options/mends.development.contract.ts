import { InvalidRequestError, type RequestOptions } from 'isosession';
import { describe, expect, test } from 'vitest';
import { inProcess, open, rejection, thrown } from '../../support/contract.ts';

const call = (input: string, options: object): Promise<InvalidRequestError> => {
  const session = open({ baseUrl: 'http://app.test/', transport: inProcess(() => new Response()) });
  return rejection(session.get(input, options as RequestOptions), InvalidRequestError);
};

describe('F48: what other clients take is answered with what to write here', () => {
  test.each<[unknown]>([[['u', 'p']], [{ username: 'u', password: 'p' }]])(
    'auth: %j',
    async (auth) => {
      expect((await call('', { auth })).message).toMatch(/auth must be .*basic\(user, password\)/);
      expect(thrown(() => open({ auth } as never), InvalidRequestError).message).toContain(
        'basic(user, password)',
      );
    },
  );

  test.each([['5s'], ['5000']])('timeout: %j', async (timeout) => {
    expect((await call('', { timeout })).message).toMatch(/timeout must be a number of ms/);
    expect((await call('', { timeout: { total: timeout } })).message).toMatch(
      /timeout\.total must be a time in ms/,
    );
  });

  test.each([
    ['data', /data is no call option: use json or form/],
    ['responseType', /responseType is no call option: ask the call for json\(\), text\(\)/],
    ['hooks', /hooks is no call option: give it to new Session\(\)/],
    ['baseUrl', /baseUrl is no call option: give it to new Session\(\)/],
  ])('%s of a call', async (name, says) => {
    expect((await call('', { [name]: {} })).message).toMatch(says);
  });

  test('json of a session', () => {
    const error = thrown(() => open({ json: {} } as never), InvalidRequestError);
    expect(error.message).toBe('json is no session option: give it to the call');
  });

  test('a path with a colon in its first part', async () => {
    expect((await call('projects:list', {})).message).toContain('write "./projects:list"');
    expect((await call('ftp://x/', {})).message).not.toContain('./');
  });
});
