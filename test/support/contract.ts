/**
 * What contract tests share. It runs in Node and in browsers: nothing here may need either.
 *
 * @module
 */
import { Session, type SessionOptions, type Transport, type TransportRequest } from 'isosession';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Journal, JournalEntry } from './provided.ts';

/** Where these tests run. */
export const platform =
  inject('platform') ?? (typeof document === 'undefined' ? 'node' : 'browser');

/** A browser follows redirects and keeps cookies itself; its scripts see neither. */
export const inBrowser = platform === 'browser';

/** The build that leaves out long texts, hints, and checks of what fails loudly anyway. */
export const inProduction = inject('build') === 'production';

/** The undici transport with its sockets. */
export const inNode = platform === 'node';

/**
 * No test: a behaviour that a platform does not have is not registered there, so that a skipped
 * test in a report is always a mistake. `npm run test:runtimes` counts them, and says why.
 */
function none(because: string): typeof test {
  const isShown = inject('showsExcluded');
  const named = (name: string): string => `${name} [not here: ${because}]`;
  const skip = (name: string): void => {
    if (isShown) test(named(name), { skip: true }, () => {});
  };
  const each =
    (rows: readonly unknown[]) =>
    (name: string): void => {
      if (isShown) test.each(rows)(named(name), { skip: true }, () => {});
    };
  return Object.assign(skip, { each }) as unknown as typeof test;
}

/**
 * A test of what is ours below the transport line: redirects, the jar, the headers on the wire. Not
 * in browsers.
 */
export const wireTest = inBrowser ? none("redirects and cookies are the host's") : test;

/** A test of undici's transport. */
export const nodeTest = inNode ? test : none('a transport over undici alone');

/** A test of what the production build of a page leaves out. */
export const developmentTest = inProduction ? none('the production build leaves it out') : test;

/** A message without its code, which production says before it. */
export const withoutCode = ({ message }: Error): string => message.replace(/^ERR_\w+: /, '');

/** A test of what only a browser does. */
export const browserTest = inBrowser ? test : none('what only a page does');

/** A test of what compiles WebAssembly as it comes. */
export const webAssemblyTest =
  'compileStreaming' in WebAssembly ? test : none('it compiles nothing');

/** A test of an upload's progress, which no `fetch` tells. */
export const uploadTest = inNode || inBrowser ? test : none('no fetch tells of an upload');

/**
 * What keeps a browser from answering by itself and from showing the server its cookies. Elsewhere
 * there is nothing to keep: old dates of workerd throw at such members.
 */
const plainly: RequestInit = inBrowser ? { cache: 'no-store', credentials: 'omit' } : {};

/** A folder of its own on a test server. */
export class Site {
  readonly origin: string;
  /** Ends with a slash: made for `baseUrl`. */
  readonly base: string;
  readonly #id: string;

  constructor(origin: string, id: string) {
    this.origin = origin;
    this.base = `${origin}/t/${id}/`;
    this.#id = id;
  }

  /** The absolute URL of a route, its query built from pairs. */
  url(route: string, query: Record<string, string | number> | [string, string][] = {}): string {
    const entries: [string, string][] = Array.isArray(query)
      ? query
      : Object.entries(query).map(([name, value]) => [name, String(value)]);
    return (
      this.base + route + (entries.length ? `?${new URLSearchParams(entries).toString()}` : '')
    );
  }

  /**
   * What went over the wire so far; with `until`, as soon as so many requests have come or were
   * aborted.
   */
  async journal(until: { requests?: number; aborted?: number } = {}): Promise<Journal> {
    const query = new URLSearchParams({
      id: this.#id,
      requests: String(until.requests ?? 0),
      aborted: String(until.aborted ?? 0),
    });
    const response = await fetch(`${this.origin}/journal?${query.toString()}`, plainly);
    return (await response.json()) as Journal;
  }

  async requests(until?: { requests?: number; aborted?: number }): Promise<JournalEntry[]> {
    return (await this.journal(until)).entries;
  }

  /** The one request that came. */
  async request(): Promise<JournalEntry> {
    const entries = await this.requests();
    expect(entries).toHaveLength(1);
    return entries[0] as JournalEntry;
  }

  /** Opens a gate of `gated` or `held`. */
  async release(key: string): Promise<void> {
    await fetch(this.url('release', { key }), plainly);
  }
}

/**
 * Cookies for the whole host outlive the test that set them, as the tests of a browser share its
 * store.
 */
function forgetCookies(): void {
  if (!inBrowser) return;
  for (const cookie of document.cookie.split('; '))
    document.cookie = `${cookie.replace(/=.*/s, '')}=; Max-Age=0; Path=/`;
}

/**
 * Folders of this test on three sites: `b` is another origin of `a`'s host (another port), `c`
 * another host altogether.
 */
export function sites(): { a: Site; b: Site; c: Site } {
  forgetCookies();
  const id = crypto.randomUUID();
  const [hostA, hostC] =
    globalThis.location?.hostname === 'localhost'
      ? (['localhost', '127.0.0.1'] as const)
      : (['127.0.0.1', 'localhost'] as const);
  const at = (origin: string, host: string) => origin.replace('127.0.0.1', host);
  return {
    a: new Site(at(inject('originA'), hostA), id),
    b: new Site(at(inject('originB'), hostA), id),
    c: new Site(at(inject('originB'), hostC), `${id}-c`),
  };
}

/** A session that ends with its test. */
export function open(options?: SessionOptions): Session {
  const session = new Session(options);
  onTestFinished(() => session.destroy());
  return session;
}

/** The error that a promise rejects with, which must be of the given class. */
export async function rejection<E>(
  promise: PromiseLike<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error('It should have rejected.');
  expect(outcome.error).toBeInstanceOf(type);
  return outcome.error as E;
}

/** Whatever a promise rejects with, as it is. */
export async function reasonOf(promise: PromiseLike<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error('It should have rejected.');
  return outcome.error;
}

/** The error that a function throws at once, which must be of the given class. */
export function thrown<E>(run: () => unknown, type: abstract new (...args: never[]) => E): E {
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(type);
  return error as E;
}

/**
 * The value of a header as it went over the wire: `undefined` when there was none; several lines
 * are an error.
 */
export function sent(entry: Pick<JournalEntry, 'headers'>, name: string): string | undefined {
  const values = entry.headers.filter(([key]) => key.toLowerCase() === name.toLowerCase());
  expect(values.length, `lines of ${name}`).toBeLessThan(2);
  return values[0]?.[1];
}

/** A transport in this process, and what it was given. */
export interface InProcess extends Transport {
  readonly seen: TransportRequest[];
}

/** A transport that answers by a function of the request and its number, from 1. */
export function inProcess(
  answer: (request: TransportRequest, count: number) => Response | Promise<Response>,
): InProcess {
  const seen: TransportRequest[] = [];
  return {
    seen,
    async send(request) {
      seen.push({ ...request, headers: new Headers(request.headers) });
      return answer(request, seen.length);
    },
  };
}

/** A promise and its ends. */
export function deferred<T = void>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Bytes of a text written in hexadecimal. */
export function hex(bytes: string | number[]): string {
  return Array.from(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
