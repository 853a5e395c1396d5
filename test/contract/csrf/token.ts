import { csrf, type CsrfOptions, type Session } from 'isosession';
import { open, sent, type Site } from '../../support/contract.ts';
import type { JournalEntry } from '../../support/provided.ts';

/** Gives the session a cookie that scripts of the whole host see. */
export async function setCookie(session: Session, site: Site, line: string): Promise<void> {
  await session.get(site.url('cookies/set', { line: `${line}; Path=/` }));
}

/** A session at a site, whose own `x-token` response header is the token. */
export async function withToken(
  site: Site,
  token: string,
  options: CsrfOptions = {},
): Promise<Session> {
  const session = open({ baseUrl: site.base }).use(
    csrf({ from: { header: 'x-token' }, ...options }),
  );
  await session.get('reply', { searchParams: { h: `x-token: ${token}` } });
  return session;
}

/** The token that an echo says it was sent. */
export async function tokenOf(
  call: { json(): Promise<unknown> },
  header = 'x-xsrf-token',
): Promise<string | undefined> {
  return sent((await call.json()) as JournalEntry, header);
}
