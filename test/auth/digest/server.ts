/**
 * A server of Digest authentication (RFC 7616) that computes from the RFC by itself, and keeps what
 * it was sent.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a realm challenges. */
export interface Challenged {
  realm?: string;
  user?: string;
  password?: string;
  /** Each makes a challenge, in this order; `''`: none is named. */
  algorithms?: readonly string[];
  /** As it is written; `undefined`: none. */
  qop?: string | undefined;
  opaque?: string;
  charset?: string;
  userhash?: boolean;
  domain?: string;
  /** Each challenge on a line of its own. */
  lines?: boolean;
  /** Further challenges before these. */
  before?: string;
  /** After so many answers a nonce is stale. */
  uses?: number;
  /** Names a nonce for the next request. */
  nextnonce?: boolean;
  /** Refuses everything. */
  never?: boolean;
}

/** One request. */
export interface Seen {
  url: string;
  method: string;
  authorization: string | undefined;
  body: string;
  status: number;
}

/** A running server. */
export interface DigestServer {
  readonly origin: string;
  readonly seen: Seen[];
  /** Nonces that were named by a 401. */
  readonly challenges: Set<string>;
}

const hashNames: Record<string, string> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

/** The parameters of an `authorization`, unquoted. */
export function parametersOf(authorization = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, quoted, bare] of authorization.matchAll(
    /([\w*]+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))/g,
  ))
    found[name as string] = bare ?? (quoted as string).replace(/\\(.)/g, '$1');
  return found;
}

/** What is wrong with an answer; `''`: nothing. */
function fault(
  request: Pick<Seen, 'url' | 'method' | 'body'> & { given: Record<string, string> },
  rule: Required<Pick<Challenged, 'realm' | 'user' | 'password' | 'algorithms'>> & Challenged,
): string {
  const { given, method, url, body } = request;
  const algorithm = given.algorithm ?? '';
  if (!rule.algorithms.includes(algorithm)) return 'algorithm';
  if (given.realm !== rule.realm) return 'realm';
  if (given.uri !== url) return 'uri';
  if (given.opaque !== rule.opaque) return 'opaque';
  const [, base = 'MD5', sess] = /^(.*?)(-sess)?$/.exec(algorithm || 'MD5') ?? [];
  const h = (text: string): string =>
    createHash(hashNames[base.toUpperCase()] as string)
      .update(text, 'utf8')
      .digest('hex');
  const name = rule.charset ? rule.user.normalize('NFC') : rule.user;
  const password = rule.charset ? rule.password.normalize('NFC') : rule.password;
  const encoded = given['username*'];
  const sent =
    encoded === undefined
      ? Buffer.from(given.username ?? '', 'latin1').toString()
      : decodeURIComponent(encoded.replace(/^UTF-8''/, ''));
  if (sent !== (rule.userhash ? h(`${name}:${rule.realm}`) : name)) return 'username';
  if (rule.userhash !== (given.userhash === 'true' || undefined)) return 'userhash';
  let a1 = `${name}:${rule.realm}:${password}`;
  if (sess) a1 = `${h(a1)}:${given.nonce}:${given.cnonce}`;
  let a2 = `${method}:${url}`;
  if (given.qop === 'auth-int') a2 += `:${h(body)}`;
  if (rule.qop === undefined) {
    if (given.qop ?? given.nc ?? given.cnonce) return 'qop';
    return given.response === h(`${h(a1)}:${given.nonce}:${h(a2)}`) ? '' : 'response';
  }
  if (!rule.qop.split(/[ ,]+/).includes(given.qop as string)) return 'qop';
  if (!/^[\da-f]{8}$/.test(given.nc as string) || (given.cnonce as string).length < 32)
    return 'nc or cnonce';
  const parts = [h(a1), given.nonce, given.nc, given.cnonce, given.qop, h(a2)];
  return given.response === h(parts.join(':')) ? '' : 'response';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Starts one that ends with its test. Of the rules, that of the longest matching prefix holds. */
export async function startDigestServer(
  rules: Record<string, Challenged | { location: string }>,
): Promise<DigestServer> {
  const seen: Seen[] = [];
  const challenges = new Set<string>();
  const nonces = new Map<string, { realm: string; counts: Set<string> }>();
  const newNonce = (realm: string): string => {
    const nonce = randomBytes(12).toString('base64');
    nonces.set(nonce, { realm, counts: new Set() });
    return nonce;
  };

  /** Whether the nonce may be used, and has not been with this count. */
  const judgeNonce = (
    given: Record<string, string>,
    rule: Challenged,
  ): 'good' | 'stale' | 'bad' => {
    const known = nonces.get(given.nonce as string);
    if (!known || known.realm !== rule.realm) return 'bad';
    if (known.counts.size >= (rule.uses ?? Infinity)) return 'stale';
    const count = given.nc ?? String(known.counts.size);
    if (known.counts.has(count)) return 'bad';
    known.counts.add(count);
    return 'good';
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { url = '', method = '' } = request;
      const body = await textOf(request);
      const { authorization } = request.headers;
      const entry: Seen = { url, method, authorization, body, status: 200 };
      seen.push(entry);
      const path = Object.keys(rules)
        .filter((prefix) => url.startsWith(prefix))
        .sort((a, b) => b.length - a.length)[0];
      const found = rules[path ?? ''];
      if (!found) return void response.end('open');
      if ('location' in found) {
        entry.status = 307;
        return void response.writeHead(307, { location: found.location }).end();
      }
      const rule = { realm: 'r', user: 'u', password: 'p', algorithms: ['MD5'], ...found };
      const given = parametersOf(authorization);
      const wrong = authorization === undefined ? 'none' : fault({ ...entry, given }, rule);
      const verdict = wrong || rule.never ? 'bad' : judgeNonce(given, rule);
      if (verdict === 'good') {
        if (rule.nextnonce)
          response.setHeader(
            'authentication-info',
            `nextnonce="${newNonce(rule.realm)}", qop=auth, nc=${given.nc}`,
          );
        return void response.end(JSON.stringify(given));
      }
      entry.status = 401;
      const lines = rule.algorithms.map((algorithm) => {
        const nonce = newNonce(rule.realm);
        challenges.add(nonce);
        return [
          `Digest realm="${rule.realm.replace(/["\\]/g, '\\$&')}"`,
          `nonce="${nonce}"`,
          ...(rule.qop === undefined ? [] : [`qop="${rule.qop}"`]),
          ...(algorithm ? [`algorithm=${algorithm}`] : []),
          ...(rule.opaque === undefined ? [] : [`opaque="${rule.opaque}"`]),
          ...(rule.charset ? [`charset=${rule.charset}`] : []),
          ...(rule.userhash ? ['userhash=true'] : []),
          ...(rule.domain === undefined ? [] : [`domain="${rule.domain}"`]),
          ...(verdict === 'stale' ? ['stale=TRUE'] : []),
        ].join(', ');
      });
      if (rule.before) lines.unshift(rule.before);
      response.setHeader('www-authenticate', rule.lines ? lines : lines.join(', '));
      response.writeHead(401).end(wrong);
    })();
  });
  // A thousand may connect at once.
  server.listen(0, '127.0.0.1', 2048);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, seen, challenges };
}
