/**
 * The server of the playground: a mock transport that notes what it is sent.
 *
 * @module
 */
import type { Transport } from 'isosession';

/** One exchange as it would have gone over the wire. */
export interface Exchange {
  readonly request: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly response: string;
  readonly answered: readonly (readonly [name: string, value: string])[];
  readonly text: string;
}

interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly data?: unknown;
}

interface Asked {
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

const isLoggedIn = ({ headers }: Asked): boolean => /\bsid=1\b/.test(headers.get('cookie') ?? '');

function answers(): Record<string, (asked: Asked) => Answer> {
  let busy = 0;
  return {
    'POST /login': ({ body }) =>
      new URLSearchParams(body).get('password') === 'pass'
        ? { data: { hello: 'ann' }, headers: { 'set-cookie': 'sid=1; Path=/; HttpOnly' } }
        : { status: 401, data: { error: 'wrong password' } },
    'GET /account': (asked) =>
      isLoggedIn(asked) ? { data: { name: 'Ann' } } : { status: 401, data: { error: 'log in' } },
    'GET /busy': () =>
      busy++ % 2 === 0
        ? { status: 503, headers: { 'retry-after': '1' } }
        : { data: { ready: true } },
    'GET /old': () => ({ status: 302, headers: { location: '/account' } }),
    'GET /elsewhere': () => ({
      status: 302,
      headers: { location: 'https://partner.example.org/landing' },
    }),
    'GET /items': ({ url }) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      const next = `</items?page=${page + 1}>; rel="next"`;
      return { data: [`item ${page}`], ...(page < 3 && { headers: { link: next } }) };
    },
  };
}

/** A response whose headers may be any: a browser's own takes no `Set-Cookie`. */
function responseOf({ status = 200, headers = {}, data }: Answer): Response {
  const text = data === undefined ? null : JSON.stringify(data);
  const response = new Response(text, { status });
  const own = new Headers({
    ...(text !== null && { 'content-type': 'application/json' }),
    ...headers,
  });
  Object.defineProperty(response, 'headers', { value: own });
  return response;
}

/**
 * The transport that `mock` makes of our answers.
 *
 * @param mock `mockTransport` of the build that the example runs on
 */
export function playgroundServer(
  mock: typeof import('isosession/testing').mockTransport,
  note: (exchange: Exchange) => void,
): Transport {
  const routes = answers();
  return mock(async ({ method, url, headers, body }) => {
    const text = body === null ? '' : await new Response(body as BodyInit).text();
    const answer =
      routes[`${method} ${url.pathname}`]?.({ url, headers, body: text }) ??
      ({ data: { method, path: url.pathname + url.search } } satisfies Answer);
    const response = responseOf(answer);
    note({
      request: `${method} ${url.href}`,
      headers: [...headers],
      body: text,
      response: String(response.status),
      answered: Object.entries(answer.headers ?? {}),
      text: answer.data === undefined ? '' : JSON.stringify(answer.data),
    });
    return response;
  });
}
