import { SessionResponse } from '../../response/session-response.ts';
import type { Middleware } from '../../types/middleware.ts';
import { acceptOf, keyOf, maxPageData, type PageResponse, toHtmlSafe } from './page-data.ts';
import type { Render } from './render.ts';
import type { SessionState } from '../../model.ts';

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
export function recordResponses(state: SessionState, { responses }: Render): Middleware {
  return async (request, next) => {
    const response = await next(request);
    const { hydrate } = request.context;
    if (!hydrate || request.method !== 'GET' || request.headers.has('range') || !response.ok)
      return response;
    // A promise of false is no true.
    if ((typeof hydrate === 'function' ? hydrate(response) : hydrate) !== true) return response;
    const body = await readText(response, maxPageData);
    if (body === undefined) return response;
    const headers = publicHeaders.flatMap((name): [string, string][] => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    });
    const json = toHtmlSafe([
      keyOf(state, request),
      acceptOf(request.headers),
      response.status,
      headers,
      body,
    ] satisfies PageResponse);
    if (responses.reduce((sum, { length }) => sum + length, json.length) <= maxPageData)
      responses.push(json);
    return response;
  };
}

/**
 * A body that stays readable, as text; `undefined` when it is none, is too large, or cannot be
 * read, of which its reader is told.
 */
async function readText(response: SessionResponse, limit: number): Promise<string | undefined> {
  const { source } = SessionResponse.stateOf(response);
  if (!source) return '';
  // Events may come for ever.
  if (
    source.used ||
    source.locked ||
    response.headers.get('content-type')?.startsWith('text/event-stream')
  )
    return undefined;
  try {
    const bytes = await source.peek(limit);
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
