import {
  type Attributes,
  context,
  type Context,
  type ContextManager,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type TracerProvider,
} from '@opentelemetry/api';
import { fetchTransport } from 'isosession';
import { opentelemetry } from 'isosession/opentelemetry';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
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

/** Contexts that do not outlast an `await`, as those of browsers. */
class StackContexts implements ContextManager {
  #active = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    entered: Context,
    run: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = entered;
    try {
      return run.call(self as never, ...args);
    } finally {
      this.#active = before;
    }
  }

  bind<T>(_: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}

describe('what happens below a hop', () => {
  test('is marked as not to be traced, where contexts end with an await, too', async () => {
    context.setGlobalContextManager(new StackContexts());
    onTestFinished(() => context.disable());
    const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
    const seen: unknown[] = [];
    vi.stubGlobal('fetch', async () => {
      seen.push(context.active().getValue(key));
      return new Response();
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const session = open({ transport: fetchTransport() });
    session.use(opentelemetry());
    await session.get('https://a.test/');
    expect(seen).toEqual([true]);
  });
});

describe('spans', () => {
  test('are one for each hop, or for the hops of a host, and one for the call', async () => {
    const { a } = sites();
    const { ended, tracerProvider } = recordSpans();
    const session = open();
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
