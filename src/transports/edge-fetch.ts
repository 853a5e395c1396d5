import { tellsWhetherToDecode } from '../options/edge-options.ts';
import type { Transport } from '../types/transport.ts';
import { type FetchTransportOptions, fetchTransportOn } from './fetch.ts';
import { takeFraming } from './framing.ts';
import { byRequest } from './given-fetch.ts';

/**
 * A transport over any WHATWG `fetch`: the global one, or that of an app in this process
 * (`fetchTransport({ fetch: app.fetch })`). The session's redirects and jar run above it.
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const { fetch } = options;
  const host = { isBrowser: false, takeFraming, fetch: fetch && byRequest(fetch) };
  const transport = fetchTransportOn(host, options);
  if (fetch || !tellsWhetherToDecode) return transport;
  return { ...transport, capabilities: { ...transport.capabilities, decompress: true } };
}
