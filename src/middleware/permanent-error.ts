import type { ProxyError } from '../errors/proxy-error.ts';
import type { SessionError } from '../errors/session-error.ts';

/** OpenSSL's codes for certificates, and Node's for the TLS protocol. */
const certificateCode = /CERT|UNABLE_TO|TLS|SSL|EPROTO/;

/** Whether asking again ends as before: for a certificate, and for what a proxy refuses. */
export function isPermanent(error: SessionError): boolean {
  // A runtime's error may be of any realm.
  const code = (error.cause as { code?: unknown } | null | undefined)?.code;
  if (typeof code === 'string' && certificateCode.test(code)) return true;
  const { status = 500 } = error as Partial<ProxyError>;
  return error.code === 'ERR_PROXY' && status < 500;
}
