import type { SessionState } from '../../model.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import type { RenderOutput } from '../render/render-output.ts';
import { acceptOf, pageKeyOf, maxPageData, type PageResponse, toHtmlSafe } from './page-format.ts';

/** Headers that tell of the body and of nothing else. */
const publicHeaders = [
  'cache-control',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'link',
];

/**
 * Keeps the responses that the browser is to have: of GETs whose `context.hydrate` is true, or a
 * function that says so of the response.
 */
export function collectResponses(state: SessionState, { responses }: RenderOutput): Middleware {
  return async (request, next) => {
    const response = await next(request);
    if (!isMarked(request, response)) return response;
    const body = await readText(response);
    if (body === undefined) return response;
    const json = toHtmlSafe([
      pageKeyOf(state, request),
      acceptOf(request.headers),
      response.status,
      pickPublicHeaders(response.headers),
      body,
    ] satisfies PageResponse);
    const length = responses.reduce((sum, other) => sum + other.length, json.length);
    if (length <= maxPageData) responses.push(json);
    return response;
  };
}

function isMarked(
  { context: { hydrate }, method, headers }: SessionRequest,
  response: SessionResponse,
): boolean {
  if (!hydrate || method !== 'GET' || headers.has('range') || !response.ok) return false;
  const verdict: unknown = typeof hydrate === 'function' ? hydrate(response) : hydrate;
  // A promise of false is no true.
  return verdict === true;
}

function pickPublicHeaders(headers: Headers): [name: string, value: string][] {
  return publicHeaders.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

/**
 * A body that stays readable, as text; `undefined` when it is none, is too large, or cannot be
 * read, of which its reader is told.
 */
async function readText(response: SessionResponse): Promise<string | undefined> {
  const { source } = SessionResponse.stateOf(response);
  if (!source) return '';
  if (source.used || source.locked) return undefined;
  // Events may come for ever.
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return undefined;
  try {
    const bytes = await source.peek(maxPageData);
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
