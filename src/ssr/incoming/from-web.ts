import type { VisitorRequest } from './visitor-request.ts';

/** Whether it is a `Request` of Fetch, of whatever realm or library. */
export function isWebRequest(value: unknown): value is Request {
  const { headers }: { headers?: unknown } = Object(value);
  return typeof Object(headers).get === 'function';
}

/** Fetch handlers, SvelteKit, Astro, React Router, Hono, Deno, Bun, Workers. */
export function fromWeb(request: Request): VisitorRequest {
  return {
    header: (name) => request.headers.get(name) ?? undefined,
    target: () => new URL(request.url),
    watch: (leave) => watchSignal(request, leave),
  };
}

/**
 * In Node the signal of a `Request` that was collected is never aborted: what ends the watch, and
 * the session with it, holds the request.
 */
function watchSignal(request: Request, leave: (reason: unknown) => void): () => void {
  const listener = (): void => leave(request.signal.reason);
  if (request.signal.aborted) listener();
  else request.signal.addEventListener('abort', listener, { once: true });
  return () => request.signal.removeEventListener('abort', listener);
}
