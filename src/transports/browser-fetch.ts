import { isDevelopment } from '../development.ts';
import { UnsupportedError } from '../errors/unsupported-error.ts';
import { loadChunk } from '../load-chunk.ts';
import { report } from '../response/body/body-source.ts';
import type { Transport } from '../types/transport.ts';
import { type FetchTransportOptions, fetchTransportOn } from './fetch.ts';
import { byRequest } from './given-fetch.ts';
import { type UploadTransport, withUploadProgress } from './send-public.ts';

/**
 * A transport over `fetch`. The global one follows redirects and keeps cookies itself; another,
 * such as an app's in this process (`fetchTransport({ fetch: app.fetch })`), has the session's
 * redirects above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const { fetch } = options;
  if (!fetch) return hostTransport(options);
  return fetchTransportOn({ isBrowser: true, fetch: byRequest(fetch) }, options);
}

/** Over the browser's own `fetch`, and its XMLHttpRequest where an upload's progress is told. */
export function hostTransport(options?: FetchTransportOptions): Transport {
  const transport: UploadTransport = fetchTransportOn({ isBrowser: true }, options);
  if (!globalThis.XMLHttpRequest) return transport;
  transport[withUploadProgress] = (progress, cancellation) =>
    fetchTransportOn({
      isBrowser: true,
      fetch: async (url, init) => {
        const xhr = await loadChunk(() => import('./xhr.ts')).catch(warnOnce);
        if (!xhr) return fetch(url, init);
        return xhr.fetchByXhr(url, init, {
          cancellation,
          tell: (transferred, total) => report(progress, transferred, total, new Uint8Array()),
          refuse: refuseUpload,
        });
      },
    });
  return transport;
}

let warned = false;

/** An upload is worth more than its progress. */
function warnOnce(error: unknown): void {
  if (!warned) console.warn('isosession: no upload progress', error);
  warned = true;
}

function refuseUpload(what: string, mend: string): never {
  throw new UnsupportedError(
    isDevelopment
      ? 'In a browser onUploadProgress goes through XMLHttpRequest, ' +
          `which cannot have ${what}: ${mend}, or leave out onUploadProgress`
      : `onUploadProgress with ${what}`,
  );
}
