import { printAs } from '../request/redact.ts';

/**
 * Where something comes from: the call's options; the session's; the URL; the `cookie` header; the
 * jar; the body, which names its type; the environment; or nobody has said otherwise.
 */
export type Source =
  'call' | 'session' | 'url' | 'header' | 'jar' | 'body' | 'environment' | 'default';

/** A part of a request or a setting, without secrets. */
export interface Explained {
  /** In lower case of a header. */
  readonly name: string;
  /** Credentials read `[redacted]`. */
  readonly value: unknown;
  /** Who has said so. */
  readonly from: Source;
}

/** What a call would send, and why. As text it is a table; `JSON.stringify` gives its members. */
export class Explanation {
  /** In upper case where HTTP defines it. */
  declare readonly method: string;
  /** Absolute; credentials in its query read `[redacted]`. */
  declare readonly url: string;
  /** Whether it lies in the session's scope, where its credentials go. */
  declare readonly inScope: boolean;
  /** Before `auth`, middleware and the transport add theirs. */
  declare readonly headers: readonly Explained[];
  /** Names of headers of the session that may not go along. */
  declare readonly leftOut: readonly string[];
  /** Of the first hop; in browsers those of the call alone. */
  declare readonly cookies: readonly Explained[];
  /** In the order of the URL. */
  declare readonly searchParams: readonly Explained[];
  /** The option that the body comes from: `json`, `form` or `body`. */
  declare readonly body: string | undefined;
  /** Whose credentials are put on the request; `url`: its userinfo, or that of `baseUrl`. */
  declare readonly auth: Source | undefined;
  /** Who carries it: that of the call, of a mount with its prefix, of the session, the default. */
  declare readonly transport: string;
  /** The setting, of which `noProxy` may still take the call out. */
  declare readonly proxy: Omit<Explained, 'name'> | undefined;
  /** Without the client's certificate where that may not go. */
  declare readonly tls: Omit<Explained, 'name'> | undefined;
  /** In ms, by phase. */
  declare readonly timeout: readonly Explained[];
  /** By the names of its options. */
  declare readonly retry: readonly Explained[];
  /** Further options that hold. */
  declare readonly options: readonly Explained[];
  /** Code that may still change the request, and is not run here. */
  declare readonly decidedLater: readonly string[];

  /** @internal */
  constructor(parts: {
    readonly [Name in keyof Explanation as Exclude<Name, 'toString'>]: Explanation[Name];
  }) {
    Object.assign(this, parts);
  }

  /** A table. */
  toString(): string {
    const { method, url, inScope, leftOut, body, auth, transport, decidedLater } = this;
    const lines = [`${method} ${url}`, `  ${inScope ? 'in' : 'outside'} the session's scope`];
    for (const name of [
      'headers',
      'cookies',
      'searchParams',
      'timeout',
      'retry',
      'options',
    ] as const)
      if (this[name].length > 0) lines.push(`  ${name}`, ...rowsOf(this[name]));
    for (const name of ['proxy', 'tls'] as const) {
      const set = this[name];
      if (set) lines.push(`  ${name}`, ...rowsOf([{ name: '', ...set }]));
    }
    const rest = {
      body,
      auth,
      transport,
      leftOut: leftOut.join(', '),
      decidedLater: decidedLater.join(', '),
    };
    for (const [name, text] of Object.entries(rest)) if (text) lines.push(`  ${name}: ${text}`);
    return lines.join('\n');
  }
}
printAs(Explanation.prototype, 'Explanation', function view() {
  return { ...this };
});

function rowsOf(rows: readonly Explained[]): string[] {
  const texts = rows.map(({ name, value, from }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return [name ? `${name}: ${text}` : String(text), from] as const;
  });
  const width = Math.min(Math.max(...texts.map(([text]) => text.length)), 60);
  return texts.map(([text, from]) => `    ${text.padEnd(width)}  ${from}`);
}
