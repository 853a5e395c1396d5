import type { Transport } from '../types/transport.ts';
import { type FetchTransportOptions, fetchTransportOn } from './fetch.ts';
import { type UploadTransport, withUploadProgress } from './send-public.ts';

/**
 * A transport over `fetch`. The global one follows redirects and keeps cookies itself; another,
 * such as an app's in this process (`fetchTransport({ fetch: app.fetch })`), has the session's
 * redirects above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const transport: UploadTransport = fetchTransportOn({ isBrowser: true }, options);
  if (options.fetch || !globalThis.XMLHttpRequest) return transport;
  transport[withUploadProgress] = (progress, cancellation) =>
    fetchTransportOn(
      {
        isBrowser: true,
        fetch: async (url, init) => {
          // A chunk that most pages never load.
          const { fetchByXhr } = await import('./xhr.ts');
          return fetchByXhr(url, init, { progress, cancellation });
        },
      },
      {},
    );
  return transport;
}
