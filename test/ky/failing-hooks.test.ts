/** `beforeRetry` and `beforeError`. */
import { isHTTPError, type HTTPError } from 'ky';
import { hooked, type Hooks, mine, withHeader } from './hooked.ts';
import { atOnce, failure, reset, sideBySide } from './side-by-side.ts';

sideBySide('beforeRetry', {
  'is not called for the first attempt': hooked(['ok'], (note) => ({
    beforeRetry: [() => note('retry')],
  })),
  'may set a header': hooked([408, 'ok'], () => ({
    beforeRetry: [({ request }) => request.headers.set('x-a', '1')],
  })),
  'is told error and count': hooked([408, 408, 'ok'], (note) => ({
    beforeRetry: [({ error, retryCount }) => note(error, retryCount)],
  })),
  'is told an error without a response': hooked([reset, 'ok'], (note) => ({
    beforeRetry: [({ error, retryCount }) => note(error, retryCount)],
  })),
  'is told data by parseJson': hooked(
    [{ status: 502, json: 1 }, 'ok'],
    (note) => ({ beforeRetry: [({ error }) => note((error as HTTPError).data)] }),
    { parseJson: async (text) => ({ parsed: text }) },
  ),
  'is told no data where parseJson fails': hooked(
    [{ status: 502, json: 1 }, 'ok'],
    (note) => ({
      beforeRetry: [({ error }) => note(isHTTPError(error), (error as HTTPError).data)],
    }),
    { parseJson: () => Promise.reject(mine()) },
  ),
  'may stop: the call gives undefined': async ({ ky, serve }) => {
    const { url, seen } = await serve(408);
    const hooks: Hooks = { beforeRetry: [() => ky.stop] };
    return [String(await ky(url, { retry: atOnce, hooks })), seen.length];
  },
  'may throw': hooked([408], (note) => ({
    beforeRetry: [() => Promise.reject(mine())],
    beforeError: [({ error }) => (note('beforeError'), error)],
  })),
  'may throw at once': hooked([408], (note) => ({
    beforeRetry: [
      () => {
        throw mine();
      },
    ],
    beforeError: [({ error }) => (note('beforeError'), error)],
  })),
  'may throw what is no error': hooked([408], (note) => ({
    beforeRetry: [() => Promise.reject('oops')],
    beforeError: [({ error }) => (note('beforeError'), error)],
  })),
  'may throw the error again': hooked([408], (note) => ({
    beforeRetry: [({ error }) => Promise.reject(error)],
    beforeError: [({ error, retryCount }) => (note(retryCount), error)],
  })),
  'may throw a network error again': hooked([reset], (note) => ({
    beforeRetry: [({ error }) => Promise.reject(error)],
    beforeError: [({ error, retryCount }) => (note(retryCount), error)],
  })),
  'may throw a forced retry again': hooked(['ok'], (note, ky) => ({
    afterResponse: [() => ky.retry({ delay: 0 })],
    beforeRetry: [({ error }) => Promise.reject(error)],
    beforeError: [({ error }) => (note(error.name), error)],
  })),
  'may give another Request': hooked([500, 'ok'], () => ({
    beforeRetry: [({ request }) => new Request(`${request.url}?again=1`, request)],
  })),
  'may give a Response, and nothing more is sent': hooked([500], () => ({
    beforeRetry: [() => new Response('fallback')],
  })),
  'may give a Response that is an error, which is the end': hooked(
    [reset],
    (note) => ({
      beforeRetry: [() => (note('retry'), new Response('no', { status: 500 }))],
      beforeError: [({ error, retryCount }) => (note(error.name, retryCount), error)],
    }),
    { retry: { limit: 2, ...atOnce, shouldRetry: () => true } },
  ),
  'may give an error that is not thrown': hooked(
    [reset],
    () => ({ beforeRetry: [() => new Response('fallback', { status: 502 })] }),
    { throwHttpErrors: false },
  ),
  'may give a Response, which afterResponse is told': hooked([reset], (note) => ({
    beforeRetry: [() => new Response('from hook')],
    afterResponse: [({ response }) => note(response.status)],
  })),
  'ends the list by a Request': hooked([500, 'ok'], (note) => ({
    beforeRetry: [({ request }) => withHeader(request, 'x-a'), () => note('second')],
  })),
  'goes on with the next hook after nothing': hooked([500, 'ok'], (note) => ({
    beforeRetry: [() => note('first'), () => note('second')],
  })),
});

sideBySide('beforeError', {
  'may change the error': hooked([404], () => ({
    beforeError: [({ error }) => Object.assign(error, { name: 'GitHubError', message: 'changed' })],
  })),
  'is waited for': hooked([{ status: 404, json: { reason: 'down' } }], () => ({
    beforeError: [
      async ({ error }) => {
        if (isHTTPError(error)) error.message = JSON.stringify(error.data);
        return error;
      },
    ],
  })),
  'may give what is no error': hooked([404], () => ({ beforeError: [() => undefined as never] })),
  'may give another error': hooked(
    [reset],
    () => ({
      beforeError: [() => Object.assign(new Error('Connection failed'), { code: 'X' })],
    }),
    { retry: 0 },
  ),
  'may throw': hooked([404], () => ({
    beforeError: [
      () => {
        throw new RangeError('blew up');
      },
    ],
  })),
  'may reject': hooked([404], () => ({
    beforeError: [() => Promise.reject(new RangeError('blew up'))],
  })),
  'sees what the hook before has given': hooked([404], (note) => ({
    beforeError: [
      ({ error }) => Object.assign(error, { message: 'first' }),
      ({ error }) => (note(error.message), error),
    ],
  })),
  'of an instance runs before that of a call': async ({ ky, serve }) => {
    const { url } = await serve(404);
    const order: string[] = [];
    const noting = (name: string): Hooks => ({
      beforeError: [({ error }) => (order.push(name), error)],
    });
    await failure(() => ky.extend({ hooks: noting('parent') })(url, { hooks: noting('child') }));
    return order;
  },
  'is not called where nothing is thrown': hooked(
    [404],
    (note) => ({ beforeError: [({ error }) => (note('called'), error)] }),
    { throwHttpErrors: false },
  ),
  'is told how many retries there were': hooked([500], (note) => ({
    beforeError: [({ error, retryCount }) => (note(retryCount), error)],
  })),
  'is told so of broken connections': hooked([reset], (note) => ({
    beforeError: [({ error, retryCount }) => (note(error, retryCount), error)],
  })),
  'is told request and options': hooked(
    [404],
    (note) => ({
      beforeError: [
        ({ request, options, error }) => {
          note(request.method, request.url, options.method, options.body);
          return error;
        },
      ],
    }),
    { verb: 'post', body: 'text' },
  ),
  'is told the request that was sent last': hooked(
    [500],
    (note) => ({
      beforeRetry: [({ request }) => new Request(request, { method: 'PUT', body: 'new' })],
      beforeError: [
        ({ request, options, error }) => {
          note(request.method, options.method, options.body);
          return error;
        },
      ],
    }),
    { verb: 'post', body: 'old', retry: { limit: 1, methods: ['post'], ...atOnce } },
  ),
  'is told what throwHttpErrors throws, after a retry': hooked(
    [500, 404],
    (note) => ({ beforeError: [({ error, retryCount }) => (note(error, retryCount), error)] }),
    {
      throwHttpErrors: (status) => {
        if (status === 404) throw mine();
        return true;
      },
    },
  ),
});
