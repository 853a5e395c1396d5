import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { isTracingSuppressed, W3CTraceContextPropagator } from '@opentelemetry/core';
import { FetchInstrumentation } from '@opentelemetry/instrumentation-fetch';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { basic, fetchTransport, Session, type SessionOptions } from 'isosession';
import { digest } from 'isosession/auth';
import { opentelemetry, type OpenTelemetryOptions } from 'isosession/opentelemetry';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

const exporter = new InMemorySpanExporter();
const tracerProvider = new NodeTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
tracerProvider.register({ propagator: new W3CTraceContextPropagator() });

beforeEach(() => exporter.reset());

/** An origin and the headers of what it was asked. */
async function serve(answer: (path: string, headers: IncomingHttpHeaders) => [number, string?]) {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(headers);
    const [status, header = 'x: y'] = answer(url, headers);
    const colon = header.indexOf(':');
    response.writeHead(status, { [header.slice(0, colon)]: header.slice(colon + 1).trim() }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { asked, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function openTraced(options: SessionOptions = {}, telemetry: OpenTelemetryOptions = {}): Session {
  const session = new Session({ trustEnv: false, ...options });
  onTestFinished(() => session.close());
  return session.use(opentelemetry(telemetry));
}

const told = ({ traceparent }: IncomingHttpHeaders): unknown => traceparent;
const idOf = (span: ReadableSpan | undefined): string => String(span?.spanContext().spanId);

describe('the spans of a call', () => {
  test('are one for each hop, and one above them', async () => {
    let busy = true;
    const { origin, asked } = await serve((path) => {
      if (path === '/from') return [302, 'location: /to?token=canary&page=1'];
      const status = busy ? 503 : 200;
      busy = false;
      return [status, 'retry-after: 0'];
    });
    const session = openTraced({ baseUrl: `${origin}/` });
    await trace.getTracer('test').startActiveSpan('of the caller', async (span) => {
      await session.get('from');
      span.end();
    });

    const spans = exporter.getFinishedSpans();
    const hops = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const [call] = spans.filter(({ name }) => name === 'call GET');
    const [caller] = spans.filter(({ name }) => name === 'of the caller');
    expect(spans).toHaveLength(6);
    expect(call).toMatchObject({
      kind: SpanKind.INTERNAL,
      parentSpanContext: { spanId: idOf(caller) },
      attributes: { 'http.response.status_code': 200, 'http.request.resend_count': 3 },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(
      hops.map(({ attributes }) => [
        attributes['http.response.status_code'],
        attributes['http.request.resend_count'],
        attributes['error.type'],
      ]),
    ).toEqual([
      [302, undefined, undefined],
      [503, 1, '503'],
      [302, 2, undefined],
      [200, 3, undefined],
    ]);
    for (const hop of hops) expect(hop.parentSpanContext?.spanId).toBe(idOf(call));
    expect(hops[1]).toMatchObject({
      name: 'GET',
      status: { code: SpanStatusCode.ERROR },
      instrumentationScope: { name: 'isosession' },
    });
    expect(hops[1]?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.request.resend_count': 1,
      'http.response.status_code': 503,
      'error.type': '503',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(origin).port),
      'url.scheme': 'http',
      'url.full': `${origin}/to?token=[redacted]&page=1`,
      'network.protocol.version': '1.1',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': Number(new URL(origin).port),
    });
    expect(asked.map(told)).toEqual(
      hops.map((hop) => `00-${hop.spanContext().traceId}-${idOf(hop)}-01`),
    );
  });

  test('answer to a challenge, and fail, each with the reason', async () => {
    const { origin } = await serve((_, { authorization }) =>
      authorization ? [200] : [401, 'www-authenticate: Digest realm="r", nonce="n", qop="auth"'],
    );
    const session = openTraced({ baseUrl: `${origin}/`, auth: digest('ann', 'p'), retry: 0 });
    await session.request('x', { method: 'PURGE' });
    await session.get('http://127.0.0.1:1/').catch(() => {});

    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(['HTTP', 'HTTP', 'call HTTP', 'GET', 'call GET']);
    expect(spans[1]?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
      'http.request.resend_count': 1,
    });
    for (const span of spans.slice(3)) {
      expect(span.attributes['error.type']).toBe('ERR_NETWORK');
      expect(span.status.code).toBe(SpanStatusCode.ERROR);
    }
  });

  test('go on without a span of the caller, and each call has its own trace', async () => {
    const { origin } = await serve(() => [200]);
    const session = openTraced();
    await Promise.all([session.get(origin), session.get(origin)]);
    const traces = exporter.getFinishedSpans().map((span) => span.spanContext().traceId);
    expect(traces).toHaveLength(4);
    expect(new Set(traces).size).toBe(2);
  });
});

describe('whom a request tells of its trace', () => {
  test.each<[OpenTelemetryOptions['propagate'], [boolean, boolean]]>([
    ['scope', [true, false]],
    ['all', [true, true]],
    [false, [false, false]],
  ])(
    'L31: with propagate %s: those in scope, and those outside: %s',
    async (propagate, expected) => {
      const other = await serve(() => [200]);
      const own = await serve(() => [307, `location: ${other.origin}/`]);
      const session = openTraced({ baseUrl: `${own.origin}/` }, { propagate });
      await session.get('');
      await session.get(`${other.origin}/`);

      const isTold = ({ asked }: typeof own): boolean[] =>
        asked.map((one) => told(one) !== undefined);
      expect(isTold(own)).toEqual([expected[0]]);
      expect(isTold(other)).toEqual([expected[1], expected[1]]);
    },
  );
});

describe('metrics', () => {
  test('are the duration of each hop, and what the connections hold', async () => {
    const { origin } = await serve((path) => (path === '/' ? [200] : [404]));
    const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const meterProvider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: exported })],
    });
    onTestFinished(() => meterProvider.shutdown());
    const session = openTraced({ auth: basic('ann', 'canary') }, { meterProvider });
    await session.get(`${origin}/`).text();
    await session.get(`${origin}/none?token=canary`);
    await meterProvider.forceFlush();

    const all = exported.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? [];
    const byName = new Map(all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]));
    const durations = byName.get('http.client.request.duration');
    expect(durations?.map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ 'http.response.status_code': 200, 'http.request.method': 'GET' }),
      expect.objectContaining({ 'http.response.status_code': 404, 'error.type': '404' }),
    ]);
    expect(durations?.[0]?.value).toMatchObject({ count: 1 });
    expect(byName.get('isosession.client.connections')?.[0]?.value).toBe(1);
    expect(byName.get('isosession.client.queued_requests')?.[0]?.value).toBe(0);
    expect(JSON.stringify(all)).not.toContain('canary');
  });
});

describe('beside other instrumentations nothing is doubled', () => {
  test.each([
    ['undici', undefined],
    ['fetch', () => fetchTransport()],
  ])('over %s', async (_, transport) => {
    const { origin, asked } = await serve(() => [200]);
    const undici = new UndiciInstrumentation();
    undici.setTracerProvider(tracerProvider);
    onTestFinished(() => undici.disable());

    const session = openTraced(transport ? { transport: transport() } : {});
    await session.get(origin).text();
    const names = exporter.getFinishedSpans().map((span) => span.instrumentationScope.name);
    expect(names).toEqual(['isosession', 'isosession']);
    expect(asked.map(told)).toEqual([expect.stringContaining('00-')]);

    // It is at work.
    exporter.reset();
    const plain = new Session(transport ? { transport: transport() } : {});
    await plain.get(origin).text();
    await plain.close();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  test('nor are metrics, where that of undici leaves out what is told already', async () => {
    const { origin } = await serve(() => [200]);
    const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const meterProvider = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter: exported })],
    });
    onTestFinished(() => meterProvider.shutdown());
    const undici = new UndiciInstrumentation({
      ignoreRequestHook: () => isTracingSuppressed(context.active()),
    });
    undici.setMeterProvider(meterProvider);
    onTestFinished(() => undici.disable());
    const session = openTraced({}, { meterProvider });
    await session.get(origin).text();
    await meterProvider.forceFlush();

    const durations = exported
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
      .filter(({ descriptor }) => descriptor.name === 'http.client.request.duration');
    expect(durations).toHaveLength(1);
  });

  test('over a patched fetch', async () => {
    const { origin } = await serve(() => [200]);
    const before = globalThis.fetch;
    const instrumentation = new FetchInstrumentation();
    instrumentation.setTracerProvider(tracerProvider);
    onTestFinished(() => {
      instrumentation.disable();
      globalThis.fetch = before;
    });
    const session = openTraced({ transport: fetchTransport() });
    await session.get(origin).text();
    await fetch(origin);

    // Its spans end a while after their calls, in turn.
    const names = () => exporter.getFinishedSpans().map((span) => span.instrumentationScope.name);
    await vi.waitFor(() => expect(names()).toContain('@opentelemetry/instrumentation-fetch'), 5000);
    expect(names().sort()).toEqual([
      '@opentelemetry/instrumentation-fetch',
      'isosession',
      'isosession',
    ]);
  });
});
