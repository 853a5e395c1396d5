import { InvalidRequestError } from 'isosession';
import { formLogin } from 'isosession/auth';
import { beforeAll, expect, test } from 'vitest';
import { open, rejection } from '../../support/contract.ts';
import { describeWith } from '../../support/describe-with.ts';
import type { Origin } from '../../support/real-origins.ts';
import { startDjango } from './django.ts';

describeWith(['django'], "on Django's own login", () => {
  let django: Origin;
  beforeAll(async () => {
    django = await startDjango();
    return () => django.close();
  });

  const sessionOf = (password: string) =>
    open({
      baseUrl: django.origin,
      trustEnv: false,
      auth: formLogin({ url: 'accounts/login/', fields: { username: 'ann', password } }),
    });
  /** Logins that were sent since a mark of the log's length. */
  const loginsSince = async (mark: number): Promise<number> => {
    const end = `/end-${mark}`;
    await fetch(django.origin + end);
    await expect.poll(() => django.log()).toContain(end);
    return django.log().slice(mark).split('"POST /accounts/login/').length - 1;
  };

  test('two hundred calls at an expired session cause one login', async () => {
    const session = sessionOf('secret');
    expect(await session.get('private').json()).toMatchObject({ user: 'ann' });
    await session.get('expire');
    const mark = django.log().length;
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const response = await session.post('private', { json: { i } });
        return [response.status, await response.json()];
      }),
    );
    expect(statuses).toEqual(
      Array.from({ length: 200 }, (_, i) => [
        200,
        { user: 'ann', method: 'POST', body: JSON.stringify({ i }) },
      ]),
    );
    expect(await loginsSince(mark)).toBe(1);
  });

  test('a wrong password is tried once and is a typed error', async () => {
    const session = sessionOf('canary');
    const mark = django.log().length;
    for (let i = 0; i < 3; i++) {
      const error = await rejection(session.get('private'), InvalidRequestError);
      expect(error.message).toContain('the login was refused');
      expect(error.message).not.toContain('canary');
    }
    expect(await loginsSince(mark)).toBe(1);
  });
});
