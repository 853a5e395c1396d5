import type { SessionResponse } from 'isosession';
import { openSession, type OpenSessionOptions, type StoredSession } from 'isosession/store';
import { onTestFinished } from 'vitest';
import { inProcess } from '../support/contract.ts';

export const baseUrl = 'https://app.test/';

/** A session that is closed when its test ends, over a server that sets what its path says. */
export async function openKept(
  options: Pick<OpenSessionOptions, 'store'> & Partial<OpenSessionOptions>,
): Promise<StoredSession> {
  const session = await openSession({
    id: 'ann',
    baseUrl,
    transport: inProcess(
      ({ url }) =>
        new Response(null, {
          headers: new URL(url).searchParams
            .getAll('set')
            .map((line): [string, string] => ['set-cookie', line]),
        }),
    ),
    ...options,
  });
  onTestFinished(() => session.destroy());
  return session;
}

/** Has the server set cookies. */
export const receive = (session: StoredSession, ...lines: string[]): Promise<SessionResponse> =>
  session.get('', { searchParams: { set: lines } });

/** Names and values, in order. */
export const pairsOf = async (session: StoredSession): Promise<string[]> =>
  (await session.cookies.export()).map(({ name, value }) => `${name}=${value}`).sort();

/** The name and value of what is kept under an id. */
export async function keptIn(store: OpenSessionOptions['store'], id = 'ann'): Promise<string[]> {
  const session = await openKept({ store, id });
  return pairsOf(session);
}
