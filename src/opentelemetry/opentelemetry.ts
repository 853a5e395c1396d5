import {
  type Context,
  context,
  createContextKey,
  type MeterProvider,
  metrics,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type TracerProvider,
} from '@opentelemetry/api';
import { isKept } from '../middleware/internal-middleware.ts';
import { isTrusted } from '../request/credentials.ts';
import { callOf } from '../request/session-request.ts';
import type { SessionResponse } from '../response/session-response.ts';
import type { CallContext } from '../types/context.ts';
import type { Middleware, SessionRequest } from '../types/middleware.ts';
import { version } from '../version.ts';
import {
  errorAttributes,
  peerAttributes,
  requestAttributes,
  responseAttributes,
  spanName,
  targetAttributes,
} from './attributes.ts';
import { ClientMetrics } from './client-metrics.ts';

/** Options of {@link opentelemetry}. */
export interface OpenTelemetryOptions {
  /**
   * Makes the spans.
   *
   * @default the global one
   */
  tracerProvider?: TracerProvider | undefined;
  /**
   * Takes the metrics.
   *
   * @default the global one, as it is at the first call
   */
  meterProvider?: MeterProvider | undefined;
  /**
   * Whom requests tell of the trace they belong to, by headers of the global propagator such as
   * `traceparent`: the origins in the session's scope, all, or none.
   *
   * @default 'scope'
   */
  propagate?: 'scope' | 'all' | false | undefined;
}

/** What the hops of a call need of it. */
interface CallTrace {
  readonly context: Context;
  /** Hops that it has sent. */
  sent: number;
}

/**
 * The key by which OpenTelemetry's SDK knows that what happens below is not to be traced: the
 * instrumentations of undici and of `fetch` would tell of each hop once more.
 */
const suppressed = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

const headerSetter = {
  set: (headers: Headers, name: string, value: string): void => headers.set(name, value),
};

/**
 * Middleware that makes spans and metrics, by the stable semantic conventions of HTTP clients: for
 * each hop, which is each redirect, attempt and answer to a challenge, a span of the kind `CLIENT`,
 * and above those of a call one of the kind `INTERNAL`; `http.client.request.duration`, and what
 * the connections hold. Spans end with the headers of a response. URLs have no credentials in them.
 *
 * @example
 * ```ts
 * import { opentelemetry } from 'isosession/opentelemetry';
 *
 * session.use(opentelemetry());
 * ```
 */
export function opentelemetry({
  tracerProvider,
  meterProvider,
  propagate = 'scope',
}: OpenTelemetryOptions = {}): readonly Middleware[] {
  const tracer = (tracerProvider ?? trace).getTracer('isosession', version);
  const calls = new WeakMap<CallContext, CallTrace>();
  let measured: ClientMetrics | undefined;
  /** The global provider may be registered after the session was made. */
  const clientMetrics = (): ClientMetrics =>
    (measured ??= new ClientMetrics((meterProvider ?? metrics).getMeter('isosession', version)));

  const traceCall: Middleware = async (request, next) => {
    const attributes = targetAttributes(request);
    const parent = context.active();
    const span = tracer.startSpan(`call ${spanName(request)}`, { attributes }, parent);
    const call = { context: trace.setSpan(parent, span), sent: 0 };
    calls.set(request.context, call);
    try {
      const response = await context.with(call.context, () => next(request));
      span.setAttribute('http.response.status_code', response.status);
      return response;
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.setAttribute('http.request.resend_count', Math.max(call.sent - 1, 0));
      span.end();
    }
  };

  const traceHop: Middleware = async (request, next) => {
    const call = calls.get(request.context) ?? { context: context.active(), sent: 0 };
    const attributes = requestAttributes(request, call.sent++);
    const options = { kind: SpanKind.CLIENT, attributes };
    const span = tracer.startSpan(spanName(request), options, call.context);
    const own = trace.setSpan(call.context, span);
    if (isTold(request, propagate)) propagation.inject(own, request.headers, headerSetter);
    const start = performance.now();
    const measure = (outcome: object): void => {
      const target = targetAttributes(request);
      clientMetrics().record(performance.now() - start, { ...target, ...outcome });
    };
    if (globalThis.WeakRef) clientMetrics().watch(callOf(request).state);
    try {
      const response = await context.with(own.setValue(suppressed, true), () => next(request));
      measure(succeed(span, response));
      return response;
    } catch (error) {
      measure(fail(span, error));
      throw error;
    } finally {
      span.end();
    }
  };

  return [
    Object.assign(traceCall, { around: 'call' } as const),
    Object.assign(traceHop, { around: 'hop', [isKept]: true } as const),
  ];
}

function isTold(request: SessionRequest, propagate: OpenTelemetryOptions['propagate']): boolean {
  if (propagate === 'scope') return isTrusted(callOf(request).state, request.url.origin);
  return propagate === 'all';
}

function succeed(span: Span, response: SessionResponse): object {
  const attributes = responseAttributes(response);
  span.setAttributes({ ...attributes, ...peerAttributes(response) });
  if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
  return attributes;
}

function fail(span: Span, error: unknown): object {
  const attributes = errorAttributes(error);
  span.setAttributes(attributes);
  span.setStatus({ code: SpanStatusCode.ERROR });
  return attributes;
}
