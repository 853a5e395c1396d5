/** `shouldRetry`, and what is told of a broken connection. */
import { HTTPError, isHTTPError, isNetworkError, type Options, TimeoutError } from 'ky';
import {
  atOnce,
  type Behaviour,
  failure,
  never,
  type Reply,
  reset,
  sideBySide,
} from './side-by-side.ts';

type Retry = Options['retry'];

/** What `shouldRetry` is told, and what comes of its answer. */
const asked =
  (replies: Reply[], answer: unknown, options: Options = {}): Behaviour =>
  async ({ ky, serve }) => {
    const { url, seen } = await serve(...replies);
    const told: unknown[] = [];
    const shouldRetry = ({ error, retryCount }: { error: Error; retryCount: number }) => {
      told.push([error.name, retryCount, isHTTPError(error) && error.response.status]);
      return (typeof answer === 'function' ? answer(error, retryCount) : answer) as boolean;
    };
    const retry = { limit: 3, ...atOnce, shouldRetry };
    let outcome: unknown;
    try {
      outcome = await ky(url, { retry, ...options }).text();
    } catch (error) {
      outcome = error;
    }
    return { outcome, told, requests: seen.length };
  };

sideBySide('shouldRetry', {
  'is not asked about a success': asked(['ok'], true),
  'is asked about errors alone: a POST of 200 goes once': async ({ ky, serve }) => {
    const { url, seen } = await serve('ok');
    await ky.post(url, { json: 1, retry: { limit: 2, shouldRetry: () => true } });
    return seen.length;
  },
  'says no': asked([500], false),
  'says nothing': asked([500, 500, 'ok'], undefined),
  'says yes': asked([400, 400, 'ok'], true),
  'says yes by a promise': asked([400, 400, 'ok'], Promise.resolve(true)),
  'says something else': asked([500, 500, 'ok'], 42),
  'says null': asked([500, 'ok'], null),
  throws: asked([500], () => {
    throw new Error('mine');
  }),
  rejects: asked([500], () => Promise.reject(new Error('mine'))),
  'decides by the error': asked([400, 500, 'ok'], (error: Error, count: number) =>
    error instanceof HTTPError && error.response.status === 400 && count <= 1 ? true : undefined,
  ),
  'leaves a status to the others': asked([500, 404], undefined),
  'counts from 1': asked([500], (_: Error, count: number) => count < 3),
  'is told of a broken connection': asked([reset], false),
  "is told of a network error of ky's": asked([reset], (error: Error) => isNetworkError(error)),
  'is told of a timeout': async ({ ky, serve }) => {
    const { url } = await serve(never);
    const told: unknown[] = [];
    const retry: Retry = {
      limit: 2,
      ...atOnce,
      shouldRetry: ({ error }) => (told.push(error.name), error instanceof TimeoutError),
    };
    return [await failure(() => ky(url, { timeout: 30, retry })), told];
  },
  'goes before retryOnTimeout': async ({ ky, serve }) => {
    const { url } = await serve(never);
    let asked = 0;
    const retry: Retry = {
      retryOnTimeout: true,
      ...atOnce,
      shouldRetry: () => (asked++, false),
    };
    return [await failure(() => ky(url, { timeout: 30, retry })), asked];
  },
  'is not asked about methods that are left out': async ({ ky, serve }) => {
    const { url, seen } = await serve(500);
    let asked = 0;
    const retry: Retry = { ...atOnce, shouldRetry: () => asked++ >= 0 };
    await failure(() => ky.post(url, { retry }));
    return [asked, seen.length];
  },
  'is not asked beyond the limit': async ({ ky, serve }) => {
    const { url } = await serve(500);
    let asked = 0;
    const retry: Retry = { limit: 1, ...atOnce, shouldRetry: () => asked++ >= 0 };
    await failure(() => ky(url, { retry }));
    return asked;
  },
});

sideBySide('NetworkError', {
  'is what a broken connection is': async ({ ky, serve }) => {
    const { url } = await serve(reset);
    return failure(() => ky(url, { retry: 0 }));
  },
  'is known by isNetworkError': async ({ ky, serve }) => {
    const { url } = await serve(reset);
    const error = await failure(() => ky(url, { retry: 0 }));
    return [isNetworkError(error), (error as Error).cause instanceof TypeError];
  },
  'has its request': async ({ ky, serve }) => {
    const { url } = await serve(reset);
    const error = (await failure(() => ky(url, { retry: 0 }))) as Error & { request: Request };
    return [error.request.method, error.request.url];
  },
  'is what a refused connection is': ({ ky }) =>
    failure(() => ky('http://127.0.0.1:1/', { retry: 0 })),
  'is what a port is that no fetch calls, too': ({ ky }) =>
    failure(() => ky('http://127.0.0.1:9/', { retry: 0 })),
  'is thrown without a timeout': async ({ ky, serve }) => {
    const { url } = await serve(reset);
    return failure(() => ky(url, { retry: 0, timeout: false }));
  },
  'is what too many redirects are': async ({ ky, serve }) => {
    const { url, seen } = await serve({ status: 302, headers: { location: '/' } });
    return [await failure(() => ky(url, { retry: 0 })), seen.length];
  },
  'is what a redirect is that is an error': async ({ ky, serve }) => {
    const { url } = await serve({ status: 302, headers: { location: '/' } });
    return failure(() => ky(url, { retry: 0, redirect: 'error' }));
  },
  'is told to beforeError': async ({ ky, serve }) => {
    const { url } = await serve(reset);
    const told: unknown[] = [];
    await failure(() =>
      ky(url, {
        retry: 0,
        hooks: { beforeError: [({ error }) => (told.push(error), error)] },
      }),
    );
    return told;
  },
});
