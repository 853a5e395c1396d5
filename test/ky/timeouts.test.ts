/** `timeout`, `totalTimeout`, signals. */
import { isTimeoutError, type Options, TimeoutError } from 'ky';
import { atOnce, type Behaviour, failure, never, sideBySide } from './side-by-side.ts';

/** In ms: long enough for the headers to come on a busy machine. */
const inTime = 400;

/** The head of a response whose body never ends. */
const unending = (_: unknown, response: import('node:http').ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"a":');
};
const unendingFailure = (_: unknown, response: import('node:http').ServerResponse): void => {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.write('{"a":');
};

const slow =
  (options: Options, reply: import('./side-by-side.ts').Reply = never): Behaviour =>
  async ({ ky, serve }) => {
    const { url } = await serve(reply);
    const told: unknown[] = [];
    const error = await failure(() =>
      ky(url, {
        ...options,
        hooks: {
          beforeError: [
            ({ error, retryCount }) => {
              told.push(error.name, retryCount);
              return error;
            },
          ],
        },
      }).text(),
    );
    return { error, told };
  };

sideBySide('timeout', {
  'ends a call with TimeoutError': slow({ timeout: 30 }),
  "gives an error of ky's": async ({ ky, serve }) => {
    const { url } = await serve(never);
    const error = await failure(() => ky(url, { timeout: 30 }));
    return [isTimeoutError(error), error instanceof TimeoutError];
  },
  'has its request': async ({ ky, serve }) => {
    const { url } = await serve(never);
    const { request } = (await failure(() => ky(url, { timeout: 30 }))) as TimeoutError;
    return [request.method, request.url, request instanceof Request];
  },
  'may be false': async ({ ky, serve }) => ky((await serve('ok')).url, { timeout: false }).text(),
  'may not be longer than a timer': slow({ timeout: 2 ** 31 }),
  'ends a body that a shortcut reads': slow({ timeout: inTime }, unending),
  'ends the JSON that a shortcut reads': async ({ ky, serve }) => {
    const { url } = await serve(unending);
    return failure(() => ky(url, { timeout: inTime }).json());
  },
  'is no cause to retry while a body is read': slow(
    { timeout: inTime, retry: { limit: 2, delay: () => 0, retryOnTimeout: true } },
    unending,
  ),
  'ends the connection whose body is read': async ({ ky, serve }) => {
    let isClosed: Promise<unknown> | undefined;
    const { url } = await serve((seen, response) => {
      isClosed = new Promise((resolve) => response.once('close', () => resolve('closed')));
      unending(seen, response);
    });
    const error = await failure(() => ky(url, { timeout: inTime }).text());
    return [error, await isClosed];
  },
  'is no cause to retry by default': slow({ timeout: 30, retry: { limit: 2, ...atOnce } }),
  'is one with retryOnTimeout': slow({
    timeout: 30,
    retry: { limit: 2, retryOnTimeout: true, ...atOnce },
  }),
  'begins anew with each attempt': async ({ ky, serve }) => {
    const { url, seen } = await serve(never, never, 'ok');
    const retry = { limit: 3, retryOnTimeout: true, ...atOnce };
    return [await ky(url, { timeout: inTime, retry }).text(), seen.length];
  },
  'is set by an init hook': async ({ ky, serve }) => {
    const { url } = await serve(never);
    const hooks: Options['hooks'] = { init: [(options) => void (options.timeout = 30)] };
    return failure(() => ky(url, { hooks }));
  },
  'of a call goes before that of the instance': async ({ ky, serve }) => {
    const { url } = await serve(never);
    return failure(() => ky.create({ timeout: false }).get(url, { timeout: 30 }));
  },
  'is forgotten when the response is here': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const kept = ky(url, { timeout: inTime });
    const response = await kept;
    await new Promise((resolve) => setTimeout(resolve, inTime + 20));
    return response.text();
  },
});

sideBySide('totalTimeout', {
  'ends a call': slow({ totalTimeout: 40 }),
  'ends a call without a timeout': slow({ totalTimeout: 40, timeout: false }),
  'ends a call before a longer timeout': slow({ totalTimeout: 40, timeout: 5000 }),
  'of 0 ends a call at once': slow({ totalTimeout: 0 }),
  'may not be longer than a timer': slow({ totalTimeout: 2 ** 31 }),
  'ends a body that a shortcut reads': slow({ totalTimeout: inTime, timeout: false }, unending),
  'goes before the limit of retries': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, never);
    const error = await failure(() =>
      ky(url, { totalTimeout: inTime, retry: { limit: 9, ...atOnce } }),
    );
    return [error, seen.length];
  },
  'ends a call that shouldRetry would go on with': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, never);
    const retry = { limit: 9, shouldRetry: () => true, ...atOnce };
    return [await failure(() => ky(url, { totalTimeout: inTime, retry })), seen.length];
  },
  'ends the wait between attempts': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    const retry = { limit: 5, delay: () => 5000 };
    return [await failure(() => ky(url, { totalTimeout: inTime, retry })), seen.length];
  },
  'ends the wait that a server asks for': async ({ ky, serve }) => {
    const { url, seen } = await serve({ status: 429, headers: { 'retry-after': 5 } });
    return [await failure(() => ky(url, { totalTimeout: inTime })), seen.length];
  },
  "ends the reading of an error's data": slow(
    { totalTimeout: inTime, timeout: false },
    unendingFailure,
  ),
  'ends it before a longer timeout': slow({ totalTimeout: inTime, timeout: 5000 }, unendingFailure),
  "ends the parsing of an error's data": slow(
    { totalTimeout: inTime, timeout: false, retry: 0, parseJson: () => new Promise(() => {}) },
    { status: 500, json: 1 },
  ),
  'ends the parsing of data': async ({ ky, serve }) => {
    const { url } = await serve({ json: 1 });
    const parseJson = () => new Promise(() => {});
    return failure(() => ky(url, { totalTimeout: inTime, timeout: false, parseJson }).json());
  },
  'ends a schema': async ({ ky, serve }) => {
    const { url } = await serve({ json: 1 });
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => new Promise(() => {}) },
    } as never;
    return failure(() => ky(url, { totalTimeout: inTime, timeout: false }).json(schema));
  },
  'ends a beforeRequest hook': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const hooks: Options['hooks'] = { beforeRequest: [() => new Promise<undefined>(() => {})] };
    return [await failure(() => ky(url, { totalTimeout: inTime, hooks })), seen.length];
  },
  'ends a beforeRetry hook': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    const hooks: Options['hooks'] = { beforeRetry: [() => new Promise<undefined>(() => {})] };
    return [
      await failure(() => ky(url, { totalTimeout: inTime, retry: atOnce, hooks })),
      seen.length,
    ];
  },
  'ends a retry that a hook has forced': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    const hooks: Options['hooks'] = { afterResponse: [() => ky.retry({ delay: 5000 })] };
    return [await failure(() => ky(url, { totalTimeout: inTime, hooks })), seen.length];
  },
  'is told to beforeError before a body is read': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const told: string[] = [];
    const answer = ky(url, {
      totalTimeout: inTime,
      timeout: false,
      hooks: { beforeError: [({ error }) => (told.push(error.name), error)] },
    });
    await answer;
    await new Promise((resolve) => setTimeout(resolve, 90));
    return [await failure(() => answer.text()), told];
  },
  'leaves time for a second attempt': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 'ok');
    const options = { totalTimeout: 5000, timeout: false as const, retry: atOnce };
    return [await ky(url, options).text(), seen.length];
  },
  'holds for an instance': async ({ ky, serve }) => {
    const { url } = await serve(never);
    return failure(() => ky.create({ totalTimeout: 40 })(url));
  },
  'is another one by extend()': async ({ ky, serve }) => {
    const { url, seen } = await serve(500, 500, 'ok');
    const api = ky.create({ totalTimeout: 1, retry: { limit: 3, ...atOnce } });
    return [await api.extend({ totalTimeout: 10_000 })(url).text(), seen.length];
  },
  'is none by extend()': async ({ ky, serve }) => {
    const { url } = await serve(500, 'ok');
    const api = ky.create({ totalTimeout: 1, retry: atOnce });
    return api.extend({ totalTimeout: false })(url).text();
  },
  'caps attempts that time out': async ({ ky, serve }) => {
    const { url, seen } = await serve(never);
    const retry = { limit: 30, retryOnTimeout: true, ...atOnce };
    const error = await failure(() => ky(url, { timeout: 40, totalTimeout: 300, retry }));
    return [error, seen.length > 1 && seen.length < 30];
  },
});

const aborted =
  (call: (options: { ky: import('ky').KyInstance; url: string; signal: AbortSignal }) => unknown) =>
  (isBefore: boolean): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(never);
    const stop = new AbortController();
    if (isBefore) stop.abort();
    const error = failure(() => call({ ky, url, signal: stop.signal }));
    if (!isBefore) stop.abort();
    return [await error, seen.length > 1];
  };
const bySignal = aborted(({ ky, url, signal }) => ky(url, { signal }));
const byRequest = aborted(({ ky, url, signal }) => ky(new Request(url, { signal })));
const byInstance = aborted(({ ky, url, signal }) =>
  ky.create({ signal }).get(url, { signal: new AbortController().signal }),
);
const byCallOfInstance = aborted(({ ky, url, signal }) =>
  ky.create({ signal: new AbortController().signal }).get(url, { signal }),
);

sideBySide('signal', {
  'ends a call with AbortError': bySignal(false),
  'ends a call before it began': bySignal(true),
  'of a Request ends a call': byRequest(false),
  'of a Request ends a call before it began': byRequest(true),
  'of an instance ends a call that has another': byInstance(false),
  'of a call ends it where the instance has another': byCallOfInstance(false),
  "ends a call with a reason of one's own": async ({ ky, serve }) => {
    const { url } = await serve(never);
    const reason = new Error('mine');
    return [(await failure(() => ky(url, { signal: AbortSignal.abort(reason) }))) === reason];
  },
  'ends the wait for a retry': async ({ ky, serve }) => {
    const stop = new AbortController();
    const { url, seen } = await serve(() => (setTimeout(() => stop.abort(), 20), 500));
    const retry = { delay: () => 5000 };
    return [await failure(() => ky(url, { signal: stop.signal, retry })), seen.length];
  },
  'is no cause to retry': async ({ ky, serve }) => {
    const stop = new AbortController();
    const { url, seen } = await serve(() => stop.abort());
    return [await failure(() => ky(url, { signal: stop.signal, retry: atOnce })), seen.length];
  },
  'ends a body': async ({ ky, serve }) => {
    const { url } = await serve(unending);
    const stop = new AbortController();
    const response = await ky(url, { signal: stop.signal });
    const text = failure(() => response.text());
    stop.abort();
    return text;
  },
  'is removed by undefined in an extension': async ({ ky, serve }) => {
    const { url } = await serve('ok');
    const api = ky.create({ signal: AbortSignal.abort() });
    return api
      .extend({ signal: undefined } as unknown as Options)(url)
      .text();
  },
});
