import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import {
  type PageKey,
  type PageResponse,
  pageFormatVersion,
  publicHeaders,
} from './page-format.ts';

/** What answers one GET. */
export interface Replay extends PageKey {
  readonly response: Response;
}

/**
 * The responses in a page's data, none of another version's. Throws for what is no such data: a
 * page may hold anything by the time that its script runs.
 */
export function readPage(data: string | object): Replay[] {
  let cause: unknown;
  try {
    const page = ownMembers(typeof data === 'string' ? JSON.parse(data) : data);
    const pageVersion = page.get('version');
    const responses = page.get('responses');
    if (typeof pageVersion === 'number' && pageVersion !== pageFormatVersion) return [];
    if (
      pageVersion === pageFormatVersion &&
      Array.isArray(responses) &&
      responses.every(isPageResponse)
    )
      return responses.map(toReplay);
  } catch (error) {
    cause = error;
  }
  throw new InvalidRequestError('hydrate() takes what dehydrate() has made, as text or parsed', {
    cause,
  });
}

/** Throws for what has no members. */
function ownMembers(value: object): Map<string, unknown> {
  return new Map(Object.entries(value));
}

function isPageResponse(value: unknown): value is PageResponse {
  if (!Array.isArray(value)) return false;
  const [key, accept, status, headers, body]: unknown[] = value;
  return (
    [key, accept, body].every((text) => typeof text === 'string') &&
    isSuccess(status) &&
    Array.isArray(headers) &&
    headers.every(isHeader)
  );
}

function isSuccess(status: unknown): boolean {
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 299;
}

function isHeader(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false;
  const [name, value]: unknown[] = pair;
  return typeof name === 'string' && publicHeaders.includes(name) && typeof value === 'string';
}

/** Throws for what no Response can be, be it for a header's name. */
function toReplay([key, accept, status, headers, body]: PageResponse): Replay {
  // As bytes, for a text would have a content type. A status such as 204 can have no body, not even
  // an empty one.
  const bytes = body ? new TextEncoder().encode(body) : null;
  return { key, accept, response: new Response(bytes, { status, headers }) };
}
