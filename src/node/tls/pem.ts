/** Certificates and keys as users give them: PEM text, or the path of a file that holds it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/** The parts of a PEM text or file, and what messages call it. */
function readPem(value: unknown, name: string): { blocks: string[]; source: string } {
  if (typeof value !== 'string' || !value)
    throw new InvalidRequestError(`${name} must be PEM text or the path of a file, as a string`);
  const [text, source] = value.includes('-----BEGIN')
    ? [value, name]
    : [readFile(value, name), `${name} (${value})`];
  const blocks = text.match(/-----BEGIN ([^-\n]+)-----[^]+?-----END \1-----/g) ?? [];
  if (blocks.length !== text.split('-----BEGIN').length - 1)
    throw new InvalidRequestError(`${source} is broken PEM: a part of it does not end`);
  return { blocks: blocks.map((block) => `${block.replace(/\r\n?/g, '\n')}\n`), source };
}

function readFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    // What looks like the inside of a key is not shown, by the cause neither.
    if (/[\n\0]|^[\w+/=]{64,}$/.test(path))
      throw new InvalidRequestError(`${name} is neither PEM text nor the path of a file`);
    throw new InvalidRequestError(
      `${name}: the file ${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`,
      { cause },
    );
  }
}

/**
 * The certificates of a PEM text or file, one or more. OpenSSL itself takes those before the first
 * broken one for all, be it none.
 */
export function readCertificates(value: unknown, name: string): string[] {
  const { blocks, source } = readPem(value, name);
  const certificates = blocks.filter((block) =>
    /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/.test(block),
  );
  if (!certificates.length) throw new InvalidRequestError(`${source} holds no certificate in PEM`);
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      throw new InvalidRequestError(
        `${source} is broken: certificate ${index + 1} of ${certificates.length} cannot be read`,
        { cause },
      );
    }
  }
  return certificates;
}

/** The private key of a PEM text or file; a certificate may stand beside it. */
export function readKey(value: unknown, name: string): string {
  const { blocks, source } = readPem(value, name);
  const key = blocks.find((block) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(block));
  if (key === undefined) throw new InvalidRequestError(`${source} holds no private key in PEM`);
  return key;
}
