import type { Exchange } from './exchange.ts';

/** What may hold an exchange: a connection of HTTP/1.1, or a stream of HTTP/2. */
interface Holder {
  readonly exchange: Exchange | undefined;
}

/** Names the body that calls queue behind; false: there is none. */
export function warnOfUnread(origin: string, holders: Iterable<Holder>): boolean {
  for (const { exchange } of holders) {
    if (!exchange?.body?.unread) continue;
    const request = String(exchange.body.errorDetails.request);
    process.emitWarning(
      `Calls to ${origin} queue behind unread response bodies, ` +
        `the first of them of ${request}: read or cancel each body`,
      { code: 'ISOSESSION_UNREAD_BODY' },
    );
    return true;
  }
  return false;
}
