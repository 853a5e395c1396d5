import {
  type Attributes,
  type Histogram,
  type Meter,
  type ObservableResult,
  ValueType,
} from '@opentelemetry/api';
import type { SessionState } from '../model.ts';

/** Seconds, as the semantic conventions advise. */
const boundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

type PoolStats = NonNullable<ReturnType<NonNullable<SessionState['platform']['stats']>>>;

/** How long hops take, and what the connections of the sessions hold that have made some. */
export class ClientMetrics {
  readonly #duration: Histogram;
  /** One of each family that shares connections; nothing here keeps it. */
  readonly #sessions = new Set<WeakRef<SessionState>>();
  readonly #seen = new WeakSet<object>();

  constructor(meter: Meter) {
    this.#duration = meter.createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      valueType: ValueType.DOUBLE,
      advice: { explicitBucketBoundaries: boundaries },
    });
    const gauges = [
      ['sockets', 'connections', '{connection}', 'Connections that are open.'],
      ['queued', 'queued_requests', '{request}', 'Requests that wait for a connection.'],
      ['unreadBodies', 'unread_bodies', '{body}', 'Bodies that hold a connection unread.'],
    ] as const;
    for (const [member, name, unit, description] of gauges)
      meter
        .createObservableUpDownCounter(`isosession.client.${name}`, { unit, description })
        .addCallback((result: ObservableResult) => result.observe(this.#sum(member)));
  }

  record(ms: number, attributes: Attributes): void {
    this.#duration.record(ms / 1000, attributes);
  }

  /** Counts what the connections of a session hold, as long as there is one. */
  watch(state: SessionState): void {
    const { connections } = state;
    if (this.#seen.has(connections)) return;
    this.#seen.add(connections);
    this.#sessions.add(new WeakRef(state));
  }

  #sum(member: keyof PoolStats): number {
    let sum = 0;
    for (const session of this.#sessions) {
      const state = session.deref();
      if (!state || state.connections.closed) this.#sessions.delete(session);
      else {
        const { given, made } = state.connections;
        sum += state.platform.stats?.(given ?? made)?.[member] ?? 0;
      }
    }
    return sum;
  }
}
