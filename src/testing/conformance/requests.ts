/** What a transport is given by the contract, and what the server has seen of it. */
import type { RequestBody } from '../../types/request.ts';
import type { Transport, TransportRequest } from '../../types/transport.ts';

/** What differs from a plain GET. */
export interface GivenRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: RequestBody;
  signal?: AbortSignal;
}

/** As a session makes it. */
export function requestTo(url: string, parts: GivenRequest = {}): TransportRequest {
  const { method = 'GET', headers, body = null, signal } = parts;
  return {
    method,
    url: new URL(url),
    headers: new Headers(headers),
    body,
    signal,
    timeout: { connect: 10_000, response: false, body: false, total: false },
    init: { redirect: 'manual' },
  };
}

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly rawHeaders: readonly string[];
  /** A character each byte. */
  readonly body: string;
}

export async function echo(
  transport: Transport,
  origin: string,
  parts: GivenRequest = {},
): Promise<SeenRequest> {
  const response = await transport.send(requestTo(`${origin}/echo`, parts));
  return response.json();
}

/** The values of the lines of this name. */
export function valuesOf({ rawHeaders }: SeenRequest, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
}
