import type { Attributes, Span, SpanOptions, TracerProvider } from '@opentelemetry/api';
import { opentelemetry } from 'isosession/opentelemetry';
import { describe, expect, test } from 'vitest';
import { inBrowser, open, sites } from '../../support/contract.ts';

/** A provider that keeps the names and attributes of the spans that have ended. */
function recordSpans() {
  const ended: [name: string, attributes: Attributes][] = [];
  const startSpan = (name: string, { attributes = {} }: SpanOptions = {}): Span => {
    const all = { ...attributes };
    const span = {
      spanContext: () => ({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }),
      setAttribute: (key: string, value: string) => Object.assign(all, { [key]: value }),
      setAttributes: (more: Attributes) => Object.assign(all, more),
      setStatus: () => span,
      end: () => void ended.push([name, all]),
    };
    return span as unknown as Span;
  };
  const tracerProvider = { getTracer: () => ({ startSpan }) } as unknown as TracerProvider;
  return { ended, tracerProvider };
}

describe('spans', () => {
  test('are one for each hop, or for the hops of a host, and one for the call', async () => {
    const { a } = sites();
    const { ended, tracerProvider } = recordSpans();
    await using session = open();
    session.use(opentelemetry({ tracerProvider }));
    await session.get(a.url('redirect', { to: a.url('status/404') }));

    expect(ended.map(([name]) => name)).toEqual(
      inBrowser ? ['GET', 'call GET'] : ['GET', 'GET', 'call GET'],
    );
    expect(ended.at(-2)?.[1]).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 404,
      'error.type': '404',
      'url.full': inBrowser ? expect.stringContaining('redirect?to=') : a.url('status/404'),
    });
  });
});
