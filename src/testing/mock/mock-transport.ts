import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { func } from '../../options/kinds.ts';
import { redactUrl } from '../../request/redact.ts';
import type { Awaitable } from '../../types/context.ts';
import type { Transport, TransportRequest } from '../../types/transport.ts';
import { AssertionError } from '../shared/assertion-error.ts';
import { nearestTo } from '../shared/nearest-request.ts';
import { wholeBody } from '../shared/whole-body.ts';
import { type MockCall, type MockReply, MockRoute } from './mock-route.ts';

/**
 * Adds a route. Several replies are given in turn, the last one from then on; without one the
 * answer is an empty 200.
 *
 * @param path - with the groups of URLPattern's pathnames: `:name` stands for a segment or a part
 * of one, `*` for anything, a `?` behind either makes it optional, with the slash before it. A path
 * (`/users/:id`) is one of any origin, a URL (`https://api.example.com/users/:id`) of its own one.
 * The query is not looked at.
 * @throws {InvalidRequestError} for what is no such path.
 */
export type AddMockRoute = (path: string, ...replies: readonly MockReply[]) => MockRoute;

/** A transport that answers by its routes, the first one that fits. */
export interface MockTransport extends Transport {
  /** Adds a route for GET. */
  readonly get: AddMockRoute;
  /** Adds a route for POST. */
  readonly post: AddMockRoute;
  /** Adds a route for PUT. */
  readonly put: AddMockRoute;
  /** Adds a route for PATCH. */
  readonly patch: AddMockRoute;
  /** Adds a route for DELETE. */
  readonly delete: AddMockRoute;
  /** Adds a route for HEAD. */
  readonly head: AddMockRoute;
  /** Adds a route for OPTIONS. */
  readonly options: AddMockRoute;
  /** Adds a route for QUERY (RFC 10008). */
  readonly query: AddMockRoute;
  /** What it was asked, oldest first: every hop and attempt, what nobody has answered, too. */
  readonly calls: readonly MockCall[];
  /**
   * Throws where a route was not asked as often as it wants, and where something was asked that
   * nobody has answered, also when the program has caught that error.
   */
  verify(): void;
}

/**
 * A transport that answers from routes or a function. The session's redirects, cookies, retries and
 * timeouts run above it as over a network. A request that no route has fails at once, without a
 * retry, with an {@link InvalidRequestError} that shows the nearest route.
 *
 * @example
 * ```ts
 * import { Session } from 'isosession';
 * import { mockTransport } from 'isosession/testing';
 *
 * const mock = mockTransport();
 * const user = mock.get('/users/:id', ({ params }) => ({ id: params.id }));
 * mock.post('/users', new Response(null, { status: 503 }), { id: 2 }).times(2);
 *
 * const api = new Session({ baseUrl: 'https://api.example.com/', transport: mock });
 * await api.get('users/1').json();
 * console.log(user.calls.length);
 * mock.verify(); // throws: POST /users was asked 0 of 2 times
 * ```
 *
 * @param handler - gives the response where no route does; what it throws fails the call as a
 * network error would.
 * @throws {InvalidRequestError} for what is no function.
 */
export function mockTransport(
  handler?: (request: TransportRequest) => Awaitable<Response>,
): MockTransport {
  if (handler !== undefined) func(handler, 'handler');
  const routes: MockRoute[] = [];
  const calls: MockCall[] = [];
  const unknown: string[] = [];
  const adder =
    (method: string): AddMockRoute =>
    (path, ...replies) => {
      const route = new MockRoute(method, path, replies);
      routes.push(route);
      return route;
    };

  async function send(request: TransportRequest): Promise<Response> {
    const [route, params] = takeRoute(routes, request);
    const call = await callOf(request, params);
    calls.push(call);
    if (route) return route.answer(call);
    if (handler) return handler(call);
    const message = unknownRequest(request, routes);
    unknown.push(message);
    throw new InvalidRequestError(message);
  }

  return {
    send,
    get: adder('GET'),
    post: adder('POST'),
    put: adder('PUT'),
    patch: adder('PATCH'),
    delete: adder('DELETE'),
    head: adder('HEAD'),
    options: adder('OPTIONS'),
    query: adder('QUERY'),
    calls,
    verify() {
      const problems = [...routes.flatMap(({ problem }) => problem ?? []), ...unknown];
      if (problems.length > 0) throw new AssertionError(problems.join('\n'));
    },
  };
}

/** The first route that takes it. */
function takeRoute(
  routes: readonly MockRoute[],
  request: TransportRequest,
): [route: MockRoute | undefined, params: MockCall['params']] {
  for (const route of routes) {
    const params = route.take(request);
    if (params) return [route, params];
  }
  return [undefined, {}];
}

async function callOf(request: TransportRequest, params: MockCall['params']): Promise<MockCall> {
  const body = await wholeBody(request.body);
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
  return { ...request, body, params, json: () => JSON.parse(text) };
}

function unknownRequest({ method, url }: TransportRequest, routes: readonly MockRoute[]): string {
  const start = `No route answers ${method} ${redactUrl(url.href)}`;
  const near = nearestTo(`${method} ${url.pathname}`, routes, ({ label }) => label);
  if (!near) return `${start}: the mock has none`;
  const why = near.isFull ? ', which has answered as often as it may' : '';
  return `${start}; the nearest is ${near.label}${why}`;
}
