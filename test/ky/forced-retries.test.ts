/** `ky.retry()`, and the token that a hook refreshes. */
import { isForceRetryError } from 'ky';
import { hooked, type Hooks, mine, withHeader } from './hooked.ts';
import { type Behaviour, type Lab, type Reply, sideBySide, waits } from './side-by-side.ts';

const force =
  (options?: Parameters<Lab['ky']['retry']>[0]) =>
  (ky: Lab['ky']): NonNullable<Hooks['afterResponse']> => [
    ({ retryCount }) => (retryCount === 0 ? ky.retry({ delay: 0, ...options }) : undefined),
  ];

sideBySide('ky.retry()', {
  'sends the request again': hooked(['one', 'two'], (_, ky) => ({ afterResponse: force()(ky) })),
  'sends it again after a status': hooked([401, 'two'], (_, ky) => ({
    afterResponse: [({ response }) => (response.status === 401 ? ky.retry() : undefined)],
  })),
  'sends a POST again': hooked(['one', 'two'], (_, ky) => ({ afterResponse: force()(ky) }), {
    verb: 'post',
    json: { a: 1 },
  }),
  "does not wait for a clone of the hook's": hooked([401, 'ok'], (_, ky) => ({
    afterResponse: [
      ({ response }) => {
        response.clone();
        return response.status === 401 ? ky.retry() : undefined;
      },
    ],
  })),
  'keeps to the limit': hooked(
    ['one'],
    (_, ky) => ({ afterResponse: [() => ky.retry({ delay: 0 })] }),
    { retry: { limit: 2 } },
  ),
  'keeps to the limit with a request of its own': hooked(
    ['one'],
    (_, ky) => ({
      afterResponse: [({ request }) => ky.retry({ request: new Request(request), delay: 0 })],
    }),
    { retry: { limit: 2 } },
  ),
  'is no retry where there are none': hooked(
    ['one'],
    (_, ky) => ({ afterResponse: [() => ky.retry()] }),
    { retry: 0 },
  ),
  'is told to beforeRetry': hooked(['one', 'two'], (note, ky) => ({
    afterResponse: force({ code: 'RATE_LIMIT' })(ky),
    beforeRetry: [
      ({ error, retryCount }) => note(error, retryCount, isForceRetryError(error) && error.code),
    ],
  })),
  'is told to beforeError where the limit is reached': hooked(
    ['one'],
    (note, ky) => ({
      afterResponse: [() => ky.retry({ delay: 0 })],
      beforeError: [({ error }) => (note(isForceRetryError(error)), error)],
    }),
    { retry: { limit: 1 } },
  ),
  'does not ask shouldRetry': hooked(['one', 'two'], (_, ky) => ({ afterResponse: force()(ky) }), {
    retry: { limit: 2, shouldRetry: () => false },
  }),
  'ends the list of hooks': hooked(['one', 'two'], (note, ky) => ({
    afterResponse: [...force()(ky), () => note('second hook')],
  })),
  'waits as it says': async ({ ky, serve }) => {
    const { url, seen } = await serve('one', 'two');
    const hooks = { afterResponse: force({ delay: 4321 })(ky) };
    return [await waits([4321], () => ky(url, { hooks, timeout: false })), seen.length];
  },
  'sends a request of its own': hooked(['one', 'two'], (_, ky, url) => ({
    afterResponse: force({ request: new Request(`${url}/backup`) })(ky),
  })),
  'sends a request with other headers': hooked(['one', 'two'], (_, ky) => ({
    afterResponse: [
      ({ request, retryCount }) =>
        retryCount ? undefined : ky.retry({ request: withHeader(request, 'x-token', 'new') }),
    ],
  })),
  'sends a request with another method': hooked(
    ['one', 'two'],
    (_, ky) => ({
      afterResponse: [
        ({ request, retryCount }) =>
          retryCount ? undefined : ky.retry({ request: new Request(request, { method: 'PUT' }) }),
      ],
    }),
    { verb: 'post', body: 'text' },
  ),
  'sends a request with another body': hooked(
    ['one', 'two'],
    (_, ky, url) => ({
      afterResponse: force({ request: new Request(url, { method: 'POST', body: 'other' }) })(ky),
    }),
    { verb: 'post', json: { original: true } },
  ),
  'sends a request that beforeRetry changes again': hooked(['one', 'two'], (_, ky, url) => ({
    afterResponse: force({ request: new Request(url, { headers: { 'x-a': '1' } }) })(ky),
    beforeRetry: [({ request }) => withHeader(request, 'x-b')],
  })),
  'sends a request whose signal was aborted': hooked(['one', 'two'], (_, ky, url) => ({
    afterResponse: force({ request: new Request(url, { signal: AbortSignal.abort() }) })(ky),
  })),
  'sends a request within the timeout': hooked(
    ['one', 'two'],
    (_, ky, url) => ({ afterResponse: force({ request: new Request(url) })(ky) }),
    { timeout: 5000 },
  ),
  'has a cause': hooked(['one', 'two'], (note, ky) => ({
    afterResponse: force({ code: 'X', cause: mine() })(ky),
    beforeRetry: [({ error }) => note(error.cause)],
  })),
  'has a cause that is no error': hooked(['one', 'two'], (note, ky) => ({
    afterResponse: force({ cause: { a: 1 } as never })(ky),
    beforeRetry: [
      ({ error }) => {
        const { name, value } = error.cause as Error & { value: unknown };
        note(name, value);
      },
    ],
  })),
  'goes on with a response that throws': hooked([503, 'ok'], (_, ky) => ({
    afterResponse: [
      ({ response, retryCount }) => {
        if (response.status === 503) return ky.retry({ delay: 0 });
        return retryCount > 0 ? Promise.reject(mine()) : undefined;
      },
    ],
  })),
  'goes on to a status that is retried': hooked([500, 'ok'], (_, ky) => ({
    beforeRequest: [() => new Response('stale', { status: 503 })],
    afterResponse: [
      ({ response }) => (response.status === 503 ? ky.retry({ delay: 0 }) : undefined),
    ],
  })),
});

/** A server whose token is refreshed by a POST to `/refresh`. */
const refreshing =
  (refresh: Reply, accept: string): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve((request) => {
      if (request.url === '/refresh') return refresh;
      return request.headers['authorization'] === accept ? 'welcome' : 401;
    });
    const api = ky.extend({
      hooks: {
        afterResponse: [
          async ({ request, response, retryCount }) => {
            if (response.status !== 401 || retryCount > 0) return undefined;
            const { token } = await ky
              .post(`${url}/refresh`, { retry: 0 })
              .json<{ token: string }>();
            const renewed = withHeader(request, 'authorization', `Bearer ${token}`);
            return ky.retry({ request: renewed, delay: 0, code: 'TOKEN_REFRESHED' });
          },
        ],
      },
    });
    let outcome: unknown;
    try {
      outcome = await api.get(url, { headers: { authorization: 'Bearer old' } }).text();
    } catch (error) {
      outcome = error;
    }
    return [outcome, seen.map((request) => request.url)];
  };

sideBySide('a token that is refreshed by a hook', {
  'is used for the second attempt': refreshing({ json: { token: 'new' } }, 'Bearer new'),
  'is refreshed once': refreshing({ json: { token: 'bad' } }, 'Bearer new'),
  'fails with the refresh': refreshing({ status: 500, json: {} }, 'Bearer new'),
  'fails with a refresh that is not allowed': refreshing({ status: 401, json: {} }, 'Bearer new'),
});
