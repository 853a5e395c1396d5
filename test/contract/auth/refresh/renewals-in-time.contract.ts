/**
 * In a file of its own: once WebKit has compiled what asks for the time, which many renewals have
 * it do, it goes on asking the clock that was there before.
 *
 * @module
 */
import { refresh, type RefreshOptions, type Session, type Tokens } from 'isosession';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { open } from '../../../support/contract.ts';
import { acceptOnly, expired } from './expired-session.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

async function getInTurn(session: Session, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await session.get('http://app.test/');
}

/** Opens a session over an API that takes no token. */
function openRefused(options: Partial<RefreshOptions> = {}) {
  const renew = vi.fn(() => Promise.resolve<Tokens>({ accessToken: 'b' }));
  const auth = refresh({ load: () => expired, renew, ...options });
  return { renew, session: open({ transport: acceptOnly(() => 'never'), auth }) };
}

/** A clock in the place of `performance`, which goes on by what it is told. */
function fakePerformance(): (ms: number) => void {
  let time = 0;
  vi.stubGlobal('performance', { now: () => time });
  return (ms) => void (time += ms);
}

describe('A3: an API that refuses every token', () => {
  test('has them renewed again as time goes by', async () => {
    const goOn = fakePerformance();
    const { session, renew } = openRefused();
    await getInTurn(session, 10);
    goOn(29_000);
    await getInTurn(session, 10);
    expect(renew).toHaveBeenCalledTimes(5);
    goOn(1001);
    await getInTurn(session, 10);
    expect(renew).toHaveBeenCalledTimes(10);
  });

  test('has them renewed as often as renewals says', async () => {
    const goOn = fakePerformance();
    const { session, renew } = openRefused({ renewals: { count: 2, per: 1000 } });
    await getInTurn(session, 10);
    expect(renew).toHaveBeenCalledTimes(2);
    goOn(1001);
    await getInTurn(session, 10);
    expect(renew).toHaveBeenCalledTimes(4);
  });
});
