import type { Challenge } from '../../request/text/challenges.ts';
import type { Hash, Hashes } from './hashes.ts';

/** What a server asks for (RFC 7616, section 3.3), of what is known here. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the server wrote it. */
  readonly algorithm: string | undefined;
  /** Its algorithm is a `-sess` one. */
  readonly isSession: boolean;
  readonly hash: Hash;
  /** Of more than one, `auth`; `undefined` of a server that knows none (RFC 2069). */
  readonly qop: 'auth' | 'auth-int' | undefined;
  /** The user's name is sent hashed. */
  readonly userhash: boolean;
  /** The server takes names and passwords in UTF-8. */
  readonly isUtf8: boolean;
  /** The nonce that was used is too old, and nothing else is wrong. */
  readonly isStale: boolean;
  /** The URLs that the answer is good for, as the server wrote them. */
  readonly domain: string;
}

/** The challenge with the strongest algorithm among those that can be answered. */
export function chooseChallenge(
  challenges: readonly Challenge[],
  hashes: Hashes,
): DigestChallenge | undefined {
  let best: DigestChallenge | undefined;
  let most = -1;
  for (const { scheme, parameters } of challenges) {
    if (scheme !== 'digest') continue;
    const algorithm = (parameters.get('algorithm') ?? 'MD5').toLowerCase().replace(/-sess$/, '');
    const strength = hashes.strength(algorithm);
    const hash = strength > most ? hashes.find(algorithm) : undefined;
    const read = hash && readChallenge(parameters, hash);
    if (!read) continue;
    best = read;
    most = strength;
  }
  return best;
}

function readChallenge(
  parameters: Challenge['parameters'],
  hash: Hash,
): DigestChallenge | undefined {
  const realm = parameters.get('realm');
  const nonce = parameters.get('nonce');
  const algorithm = parameters.get('algorithm');
  const isSession = /-sess$/i.test(algorithm ?? '');
  const qop = readQop(parameters.get('qop'));
  if (realm === undefined || nonce === undefined || qop === 'unknown') return undefined;
  // Without a qop no cnonce is sent, which a session key is made of.
  if (isSession && !qop) return undefined;
  return {
    realm,
    nonce,
    opaque: parameters.get('opaque'),
    algorithm,
    isSession,
    hash,
    qop,
    userhash: isTrue(parameters.get('userhash')),
    isUtf8: parameters.get('charset')?.toLowerCase() === 'utf-8',
    isStale: isTrue(parameters.get('stale')),
    domain: parameters.get('domain') ?? '',
  };
}

const isTrue = (value: string | undefined): boolean => value?.toLowerCase() === 'true';

function readQop(list: string | undefined): DigestChallenge['qop'] | 'unknown' {
  if (list === undefined) return undefined;
  const offered = list.toLowerCase().split(/[\t ,]+/);
  if (offered.includes('auth')) return 'auth';
  return offered.includes('auth-int') ? 'auth-int' : 'unknown';
}
