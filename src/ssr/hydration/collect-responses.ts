import type { SessionState } from '../../model.ts';
import { peekBody } from '../../response/peek-body.ts';
import { SessionResponse } from '../../response/session-response.ts';
import type { Middleware, SessionRequest } from '../../types/middleware.ts';
import type { RenderOutput } from '../render/render-output.ts';
import { cutLinks } from './cut-links.ts';
import {
  maxPageData,
  pageKeyOf,
  type PageResponse,
  publicHeaders,
  toHtmlSafe,
} from './page-format.ts';

/**
 * Keeps the responses that the browser is to have: of GETs whose `context.hydrate` is true, or a
 * function that says so of the response.
 */
export function collectResponses(state: SessionState, { responses }: RenderOutput): Middleware {
  return async (request, next) => {
    const asked = mayBeMarked(request) ? pageKeyOf(state, request) : undefined;
    const response = await next(request);
    if (!asked || !isMarked(request, response)) return response;
    const body = await readText(response);
    if (body === undefined) return response;
    const json = toHtmlSafe([
      asked.key,
      asked.accept,
      response.status,
      pickPublicHeaders(response, addedNames(asked.key, response)),
      body,
    ] satisfies PageResponse);
    const length = responses.reduce((sum, other) => sum + other.length, json.length);
    if (length <= maxPageData) responses.push(json);
    return response;
  };
}

function mayBeMarked({ context, method, headers }: SessionRequest): boolean {
  return Boolean(context['hydrate']) && method === 'GET' && !headers.has('range');
}

function isMarked({ context: { hydrate } }: SessionRequest, response: SessionResponse): boolean {
  if (!response.ok) return false;
  const verdict: unknown = typeof hydrate === 'function' ? hydrate(response) : hydrate;
  // A promise of false is no true.
  return verdict === true;
}

function pickPublicHeaders(
  { headers }: SessionResponse,
  added: ReadonlySet<string>,
): [name: string, value: string][] {
  return publicHeaders.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    const shown = value && name === 'link' ? cutLinks(value, added) : value;
    return typeof shown === 'string' ? [[name, shown]] : [];
  });
}

/** The names of parameters that were not asked for: the session or a middleware has added them. */
function addedNames(key: string, response: SessionResponse): Set<string> {
  const sent = new URL((response.history[0] ?? response).request.url).searchParams;
  const asked = new URL(key, 'http://page').searchParams;
  return new Set([...sent.keys()].filter((name) => !asked.has(name)));
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
    const bytes = await peekBody(response, maxPageData);
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
