import type { TransportRequest } from 'isosession';

/** How each kind of thing is spoiled, whatever refuses to be. */
const ways: ((value: object) => unknown)[] = [
  (value) => value instanceof Headers && value.set('x-spoiled', 'yes'),
  (value) => value instanceof URL && (value.host = 'spoiled.test'),
  (value) => value instanceof FormData && value.append('spoiled', 'yes'),
  (value) => value instanceof URLSearchParams && value.append('spoiled', 'yes'),
  (value) => value instanceof Uint8Array && value.fill(0x21),
  (value) => Array.isArray(value) && value.push('spoiled'),
  (value) => Array.isArray(value) && value.fill('spoiled'),
  (value) => !ArrayBuffer.isView(value) && Object.assign(value, { spoiled: 'yes' }),
];

/** Does what harm can be done to a value and to all that can be reached from it, and freezes it. */
export function spoil(value: unknown, seen = new Set<unknown>()): void {
  if (Object(value) !== value || typeof value === 'function' || seen.has(value)) return;
  // Of a host's objects, which cannot be copied, whoever has them makes sure.
  if (value instanceof AbortSignal || value instanceof Response) return;
  seen.add(value);
  const given = value as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    spoil(given[key], seen);
    attempt(() => (given[key] = 'spoiled'));
    attempt(() => delete given[key]);
  }
  for (const way of ways) attempt(() => way(given));
  attempt(() => Object.freeze(given));
}

/** What is frozen throws, and so do getters. */
function attempt(harm: () => unknown): void {
  try {
    harm();
  } catch {
    // It was refused.
  }
}

/** What a transport was given, as data. */
export async function dataOf(request: TransportRequest): Promise<unknown> {
  const { method, url, headers, body, timeout, init } = request;
  const { redirect, ...others } = init;
  // A form's boundary is another one each time.
  const sent = body instanceof FormData ? [...body] : await new Response(body as BodyInit).text();
  return JSON.parse(
    JSON.stringify({ method, url, headers: [...headers], sent, timeout, redirect, others }),
  );
}
