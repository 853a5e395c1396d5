/** `beforeRequest` and `afterResponse`. */
import type { Options } from 'ky';
import { hooked, mine, withHeader } from './hooked.ts';
import { atOnce, failure, sideBySide } from './side-by-side.ts';

sideBySide('beforeRequest', {
  'may be no hook at all': hooked(['ok'], () => ({})),
  'may set a header': hooked(['ok'], () => ({
    beforeRequest: [({ request }) => request.headers.set('x-a', '1')],
  })),
  'may give another Request': hooked(['ok'], () => ({
    beforeRequest: [({ request }) => withHeader(request, 'x-a')],
  })),
  'is waited for': hooked(['ok'], () => ({
    beforeRequest: [async ({ request }) => withHeader(request, 'x-a')],
  })),
  'may give another body': hooked(
    ['ok'],
    () => ({
      beforeRequest: [
        ({ request, options }) => {
          const data = JSON.parse(String(options.body)) as object;
          return new Request(request, { body: JSON.stringify({ ...data, foo: false }) });
        },
      ],
    }),
    { verb: 'post', json: { foo: true } },
  ),
  'may give another URL': hooked(['ok'], () => ({
    beforeRequest: [({ request }) => new Request(`${request.url}?token=secret`, request)],
  })),
  'may give another method': hooked(['ok'], () => ({
    beforeRequest: [({ request }) => new Request(request, { method: 'DELETE' })],
  })),
  'goes on with the next hook after a Request': hooked(['ok'], (note) => ({
    beforeRequest: [
      ({ request }) => withHeader(request, 'x-a'),
      ({ request }) => {
        note(request.headers.get('x-a'));
        return withHeader(request, 'x-b');
      },
    ],
  })),
  'goes on with the next hook after nothing': hooked(['ok'], (note) => ({
    beforeRequest: [({ request }) => withHeader(request, 'x-a'), () => note('second')],
  })),
  'may give a Response, and nothing is sent': hooked(['ok'], () => ({
    beforeRequest: [() => new Response('intercepted')],
  })),
  'may give a Response after a Request': hooked(['ok'], (note) => ({
    beforeRequest: [
      ({ request }) => withHeader(request, 'x-a'),
      () => new Response('intercepted'),
      () => note('not reached'),
    ],
  })),
  'may give a Response that is an error, which is not retried': hooked(
    ['ok'],
    (note) => ({
      beforeRequest: [() => new Response('no', { status: 500 })],
      beforeRetry: [() => note('retry')],
    }),
    { retry: { limit: 2, shouldRetry: () => true } },
  ),
  'may give an error that is not thrown': hooked(
    ['ok'],
    () => ({ beforeRequest: [() => new Response('fallback', { status: 503 })] }),
    { throwHttpErrors: false },
  ),
  'may give an error that a function does not throw': hooked(
    ['ok'],
    () => ({ beforeRequest: [() => new Response('none', { status: 404 })] }),
    { throwHttpErrors: (status) => status >= 500 },
  ),
  'runs once, before all attempts': hooked([500, 'ok'], (note) => ({
    beforeRequest: [({ retryCount }) => note(retryCount)],
  })),
  'has what beforeRetry may set anew': hooked([408, 'ok'], () => ({
    beforeRequest: [({ request }) => request.headers.set('x-token', 'first')],
    beforeRetry: [({ request }) => request.headers.set('x-token', 'second')],
  })),
  "is told options without those that are ky's own": hooked(
    ['ok'],
    (note) => ({
      beforeRequest: [
        ({ options }) => {
          const names = ['hooks', 'json', 'parseJson', 'searchParams', 'timeout', 'fetch'];
          note(
            names.filter((name) => name in options),
            Object.isFrozen(options),
          );
          options.headers.set('x-test', '1');
        },
      ],
    }),
    {
      verb: 'post',
      json: 1,
      searchParams: 'a=1',
      timeout: 5000,
      parseJson: (text) => JSON.parse(text),
    },
  ),
  'is told the request': hooked(['ok'], (note) => ({
    beforeRequest: [({ request }) => note(request.method, request.url, request instanceof Request)],
  })),
  'may throw, and nothing is sent': hooked(['ok'], () => ({
    beforeRequest: [
      () => {
        throw mine();
      },
    ],
  })),
  'may throw what is no error': hooked(
    ['ok'],
    () => ({
      beforeRequest: [
        () => {
          throw 'text';
        },
      ],
    }),
    { retry: { limit: 2, shouldRetry: () => true } },
  ),
  'may throw where shouldRetry says yes': hooked(
    ['ok'],
    (note) => ({
      beforeRequest: [() => (note('hook'), Promise.reject(mine()))],
    }),
    { retry: { limit: 2, shouldRetry: () => true } },
  ),
  'tells beforeError what it throws': hooked(['ok'], (note) => ({
    beforeRequest: [() => Promise.reject(mine())],
    beforeError: [({ error, retryCount }) => (note(error, retryCount), error)],
  })),
});

sideBySide('afterResponse', {
  'is told the response': hooked([{ status: 201, body: 'x' }], (note) => ({
    afterResponse: [async ({ response }) => note(response.status, await response.text())],
  })),
  'is told a response that failed': hooked(
    [{ status: 500, json: { foo: 1 } }],
    (note) => ({
      afterResponse: [async ({ response }) => note(response.status, await response.json())],
    }),
    { retry: 0 },
  ),
  'may read the body, which stays readable': hooked(['body'], (note) => ({
    afterResponse: [async ({ response }) => note(await response.text())],
  })),
  'may give another response': hooked(['ok'], () => ({
    afterResponse: [() => new Response('another')],
  })),
  'may give the response itself': hooked(['ok'], () => ({
    afterResponse: [({ response }) => response],
  })),
  'may give what is no response': hooked(['ok'], () => ({
    afterResponse: [() => false as never],
  })),
  'may give the body in another response': hooked(['streamed'], () => ({
    afterResponse: [({ response }) => new Response(response.body, { status: 202 })],
  })),
  'may hand the body on from hook to hook': hooked(['chained'], () => ({
    afterResponse: [
      ({ response }) => new Response(response.body, { headers: response.headers }),
      ({ response }) => new Response(response.body, { headers: response.headers }),
    ],
  })),
  'sees what the hook before has given': hooked(
    [500],
    (note) => ({
      afterResponse: [
        () => new Response('one', { status: 400 }),
        async ({ response }) => {
          note(response.status, await response.text());
          return new Response('two', { status: 200 });
        },
      ],
    }),
    { verb: 'post' },
  ),
  'has each clone cancelled that nobody uses': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const clones: Response[] = [];
    const keep = ({ response }: { response: Response }) => void clones.push(response);
    await ky(url, { hooks: { afterResponse: [keep, keep, keep] } }).text();
    return clones.map(({ bodyUsed }) => bodyUsed);
  },
  'has its clone cancelled when it throws': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    let clone: Response | undefined;
    const error = await failure(() =>
      ky(url, {
        hooks: { afterResponse: [({ response }) => ((clone = response), Promise.reject(mine()))] },
      }),
    );
    return [error, clone?.bodyUsed];
  },
  'may throw': hooked(['ok'], () => ({
    afterResponse: [
      () => {
        throw mine();
      },
    ],
  })),
  'may reject': hooked(['ok'], () => ({ afterResponse: [() => Promise.reject(mine())] })),
  'may throw what is no error': hooked(['ok'], () => ({
    afterResponse: [() => Promise.reject({ message: 'a record' })],
  })),
  'may throw, which shouldRetry is not asked about': hooked(
    ['ok'],
    (note) => ({ afterResponse: [() => (note('hook'), Promise.reject(mine()))] }),
    { retry: { limit: 2, shouldRetry: () => true } },
  ),
  'may throw, and the next does not run': hooked(['ok'], (note) => ({
    afterResponse: [() => Promise.reject(mine()), () => note('second')],
  })),
  'tells beforeError what it throws': hooked(['ok'], (note) => ({
    afterResponse: [() => Promise.reject(mine())],
    beforeError: [({ error, retryCount }) => (note(error, retryCount), error)],
  })),
  'tells beforeError so after a retry': hooked([500, 'ok'], (note) => ({
    afterResponse: [({ retryCount }) => (retryCount > 0 ? Promise.reject(mine()) : undefined)],
    beforeError: [({ error, retryCount }) => (note(error, retryCount), error)],
  })),
  'is called with shortcuts, too': async ({ ky, serve }) => {
    const { url } = await serve({ json: 1 });
    let called = 0;
    await ky(url, { hooks: { afterResponse: [() => void called++] } }).json();
    return called;
  },
  'is told how many retries there were': hooked([500, 500, 'ok'], (note) => ({
    afterResponse: [({ retryCount }) => note(retryCount)],
  })),
  'may read JSON by parseJson': hooked(
    ['text'],
    (note) => ({ afterResponse: [async ({ response }) => note(await response.json())] }),
    { parseJson: (text) => ({ parsed: text }) },
  ),
  'may send the request again': hooked(
    [({ body }) => (body.includes('valid:token') ? 'welcome' : 403)],
    (_, ky) => ({
      afterResponse: [
        ({ request, options, response }) =>
          response.status === 403
            ? ky(request, { ...(options as Options), json: { token: 'valid:token' } })
            : undefined,
      ],
    }),
    { verb: 'post', json: { token: 'none' } },
  ),
  'may give an error, which is retried': hooked(
    ['ok'],
    (note) => ({
      afterResponse: [() => (note('hook'), new Response('bad gateway', { status: 503 }))],
    }),
    { retry: { limit: 1, ...atOnce } },
  ),
});
