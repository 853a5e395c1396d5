/**
 * What the global set-up hands to every test, in Node and in browsers.
 *
 * @module
 */
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** The origin of server A, at 127.0.0.1. */
    originA: string;
    /** The origin of server B: the same host on another port. */
    originB: string;
    /** Whether a report is to have the tests that are not for its runtime. */
    showsExcluded: boolean;
    /** Set by a test project that runs another entry than its host's own. */
    platform: 'node' | 'browser' | 'edge' | undefined;
    /** Set by a test project of the build that explains nothing. */
    build: 'production' | undefined;
    /** Set where a browser is known to deviate from the contract. */
    deviant: 'firefox' | 'webkit' | undefined;
  }
}

/** One request as a server saw it. */
export interface JournalEntry {
  method: string;
  /** The path within the test's own folder, without the query. */
  route: string;
  /** The query as it came, with its `?`, or `''`. */
  search: string;
  /** Names as they came, in their order. */
  headers: [name: string, value: string][];
  /** The first 64 KiB of the body, as UTF-8. */
  body: string;
  bytes: number;
  sha256: string;
  /** Tells connections apart. */
  socket: number;
  /** How the exchange ended: with its response, or by the other side going away. */
  end: 'finished' | 'aborted' | undefined;
}

/** What `/journal` answers. */
export interface Journal {
  entries: JournalEntry[];
  /** Connections that served this test and are still open. */
  openSockets: number;
}
