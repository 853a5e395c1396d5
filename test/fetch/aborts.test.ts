/** How an abort ends what `fetch` has begun. */
import { type Behaviour, failure, never, sideBySide } from './fetch-side-by-side.ts';

const stopped =
  (reason?: unknown): Behaviour =>
  async ({ fetch, serve }) => {
    const { url } = await serve(never);
    const stop = new AbortController();
    const failed = failure(() => fetch(url, { signal: stop.signal }));
    stop.abort(reason);
    return [await failed];
  };
const half = (_: unknown, response: import('node:http').ServerResponse): void => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('half');
};

sideBySide('aborts', {
  'end a call': stopped(),
  'end a call with a reason': stopped(new RangeError('mine')),
  'end a call with what is no error': stopped('text'),
  'end a call with null': stopped(null),
  'end a call before it begins': async ({ fetch, serve }) => {
    const { url, seen } = await serve('ok');
    return [await failure(() => fetch(url, { signal: AbortSignal.abort() })), seen.length];
  },
  'end several calls': async ({ fetch, serve }) => {
    const { url } = await serve(never);
    const { signal, ...stop } = { signal: new AbortController().signal };
    const both = new AbortController();
    const calls = [1, 2, 3].map(() => failure(() => fetch(url, { signal: both.signal })));
    both.abort();
    return [await Promise.all(calls), signal.aborted, Object.keys(stop)];
  },
  'end a call of a Request': async ({ fetch, serve }) => {
    const { url } = await serve(never);
    const stop = new AbortController();
    const failed = failure(() => fetch(new Request(url, { signal: stop.signal })));
    stop.abort();
    return failed;
  },
  'by the init go before those of a Request': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    const request = new Request(url, { signal: AbortSignal.abort() });
    return (await fetch(request, { signal: new AbortController().signal })).status;
  },
  'by null leave a Request alone': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    return (await fetch(new Request(url, { signal: AbortSignal.abort() }), { signal: null }))
      .status;
  },
  'end a redirect': async ({ fetch, serve }) => {
    const stop = new AbortController();
    const { url } = await serve({ status: 302, headers: { location: '/x' } }, () => stop.abort());
    return failure(() => fetch(url, { signal: stop.signal }));
  },
  'end a body': async ({ fetch, serve }) => {
    const { url } = await serve(half);
    const stop = new AbortController();
    const response = await fetch(url, { signal: stop.signal });
    const failed = failure(() => response.text());
    stop.abort();
    return failed;
  },
  'end a body that nobody reads yet': async ({ fetch, serve }) => {
    const { url } = await serve(half);
    const stop = new AbortController();
    const response = await fetch(url, { signal: stop.signal });
    stop.abort();
    return failure(() => response.text());
  },
  'end a clone': async ({ fetch, serve }) => {
    const { url } = await serve(half);
    const stop = new AbortController();
    const response = await fetch(url, { signal: stop.signal });
    const clone = response.clone();
    stop.abort();
    return failure(() => clone.text());
  },
  'after the end change nothing': async ({ fetch, serve }) => {
    const { url } = await serve('ok');
    const stop = new AbortController();
    const text = await (await fetch(url, { signal: stop.signal })).text();
    stop.abort();
    return text;
  },
  'by time': async ({ fetch, serve }) => {
    const { url } = await serve(never);
    return failure(() => fetch(url, { signal: AbortSignal.timeout(30) }));
  },
  'cancel a stream that was to be sent': async ({ fetch }) => {
    let reason: unknown;
    const body = new ReadableStream({ cancel: (given) => void (reason = given) });
    const signal = AbortSignal.abort(new RangeError('mine'));
    const init = { method: 'POST', body, signal, duplex: 'half' } as RequestInit;
    const error = await failure(() => fetch('http://server.test', init));
    return [error, reason];
  },
});
