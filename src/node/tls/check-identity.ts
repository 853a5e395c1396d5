/** `tls.checkServerIdentity`, made ready for Node. */
import type { ConnectionOptions } from 'node:tls';
import type { TlsOptions } from '../../types/connection.ts';

/**
 * Whatever is not a yes is a refusal, by an error that tells itself as one of certificates. Node
 * would end the process by what the function throws.
 */
export function checkedBy(
  check: NonNullable<TlsOptions['checkServerIdentity']>,
): NonNullable<ConnectionOptions['checkServerIdentity']> {
  return (host, certificate) => {
    let verdict: unknown;
    try {
      verdict = check(host, certificate);
    } catch (error) {
      verdict = error ?? new Error('It threw nothing');
    }
    return verdict === undefined ? undefined : refusal(host, verdict);
  };
}

function refusal(host: string, cause: unknown): Error {
  const reason =
    cause instanceof Error ? cause.message : 'it must return an Error or undefined, at once';
  const message = `tls.checkServerIdentity refuses the certificate of ${host}: ${reason}`;
  return Object.assign(new Error(message, { cause }), { code: 'ERR_TLS_CERT_REFUSED' });
}
