/** The answer to a challenge (RFC 7616, section 3.4). Texts are bytes, one a character. */
import { hexOf, toByteText } from '../../request/text/byte-text.ts';
import type { DigestChallenge } from './digest-challenge.ts';

/** Who answers. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What is answered for. */
export interface Target {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly uri: string;
  /** What is sent, for `auth-int`. */
  readonly body?: Uint8Array | undefined;
}

/** A nonce of ours, of 128 bits. */
export const newCnonce = (): string => hexOf(crypto.getRandomValues(new Uint8Array(16)));

/** A nonce of the server's in use. Each answer counts it up. */
export class NonceInUse {
  readonly challenge: DigestChallenge;
  /** As the server wrote it. */
  readonly value: string;
  readonly #given: Credentials;
  readonly #credentials: Credentials;
  readonly #cnonce: string;
  /** H(A1): of a `-sess` algorithm made of the challenge's own nonce. */
  readonly #key: string;
  #count = 0;

  constructor(
    given: Credentials,
    challenge: DigestChallenge,
    { cnonce = newCnonce(), value = challenge.nonce }: { cnonce?: string; value?: string } = {},
  ) {
    this.challenge = challenge;
    this.value = value;
    this.#given = given;
    // One for all answers to the nonce: servers differ in whether a session key follows it.
    this.#cnonce = cnonce;
    // The RFC's section 4: where the server says UTF-8, it means the normal form C.
    const form = (text: string) => toByteText(challenge.isUtf8 ? text.normalize('NFC') : text);
    this.#credentials = { user: form(given.user), password: form(given.password) };
    const { hash, realm, isSession, nonce } = challenge;
    const { user, password } = this.#credentials;
    const key = hash(`${user}:${realm}:${password}`);
    this.#key = isSession ? hash(`${key}:${nonce}:${cnonce}`) : key;
  }

  /** What goes on with the nonce that the server has named for further requests. */
  next(value: string): NonceInUse {
    return new NonceInUse(this.#given, this.challenge, { cnonce: this.#cnonce, value });
  }

  /** The value of `authorization`. */
  answer({ method, uri, body = new Uint8Array() }: Target): string {
    const { hash, realm, qop, opaque, algorithm, userhash } = this.challenge;
    const count = (++this.#count).toString(16).padStart(8, '0');
    const entity = qop === 'auth-int' ? `:${hash(body)}` : '';
    const middle = qop ? `${count}:${this.#cnonce}:${qop}:` : '';
    const response = hash(
      `${this.#key}:${this.value}:${middle}${hash(`${method}:${uri}${entity}`)}`,
    );
    const parameters = [
      this.#name(),
      `realm=${quote(realm)}`,
      `nonce=${quote(this.value)}`,
      `uri=${quote(uri)}`,
      `response="${response}"`,
    ];
    if (algorithm !== undefined) parameters.push(`algorithm=${algorithm}`);
    if (opaque !== undefined) parameters.push(`opaque=${quote(opaque)}`);
    if (qop) parameters.push(`qop=${qop}`, `nc=${count}`, `cnonce="${this.#cnonce}"`);
    if (userhash) parameters.push('userhash=true');
    return `Digest ${parameters.join(', ')}`;
  }

  /** Hashed; else as RFC 8187 writes UTF-8 where the server knows it; else as it is. */
  #name(): string {
    const { hash, realm, userhash, isUtf8 } = this.challenge;
    const { user } = this.#credentials;
    if (userhash) return `username="${hash(`${user}:${realm}`)}"`;
    if (isUtf8 && /[^\x20-\x7e]/.test(user)) return `username*=UTF-8''${percentEncode(user)}`;
    return `username=${quote(user)}`;
  }
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** All but the `attr-char` of RFC 8187, section 3.2.1. */
function percentEncode(bytes: string): string {
  return bytes.replace(
    /[^!#$&+\-.^_`|~\da-z]/gi,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
