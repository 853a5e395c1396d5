import type { Session } from 'isosession';
import { openHttp2, reply, serveHttp2 } from '../../support/http2.ts';

/** A session, and a server that answers it. */
export interface Answering {
  readonly session: Session;
  readonly origin: string;
}

/** A server that answers each request over HTTP/2 with this body. */
export async function answeringOverHttp2(
  body: string | Uint8Array,
  headers: Record<string, string | number> = {},
): Promise<Answering> {
  const { origin } = await serveHttp2((stream) => reply(stream, body, headers));
  return { session: openHttp2(), origin };
}
