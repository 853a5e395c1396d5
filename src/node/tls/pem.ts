/** Certificates and keys as users give them: PEM, or the path of a file that holds it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { codeOf } from '../../errors/code-of.ts';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

const beginning = '-----BEGIN';
/** A whole part of PEM (RFC 7468, section 2), which text may follow. */
const pemBlock = /^-----BEGIN ([^-\n]+)-----[^]+?-----END \1-----/;
const certificateBlock = /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const revocationBlock = /^-----BEGIN X509 CRL-----/;
const keyBlock = /^-----BEGIN [A-Z ]*PRIVATE KEY-----/;
/** Lines, a NUL or long base64: the inside of a key, but hardly a path. */
const keyMaterial = /[\n\0]|^[\w+/=]{64,}$/;

/** The parts of a PEM text or file. */
interface PemBlocks {
  readonly blocks: readonly string[];
  /** What messages call it. */
  readonly source: string;
}

function readPem(value: unknown, name: string): PemBlocks {
  if (types.isUint8Array(value)) return splitPem(Buffer.from(value).toString('latin1'), name);
  if (typeof value !== 'string' || !value)
    throw new InvalidRequestError(
      `${name} must be PEM, as a string or a Uint8Array, or the path of a file`,
    );
  if (value.includes(beginning)) return splitPem(value, name);
  return splitPem(readPemFile(value, name), `${name} (${value})`);
}

function splitPem(text: string, source: string): PemBlocks {
  // Text may stand before the first.
  const [, ...parts] = text.split(beginning);
  const blocks = parts.map((part) => {
    const [block] = pemBlock.exec(beginning + part) ?? [];
    if (block === undefined)
      throw new InvalidRequestError(`${source} is broken PEM: a part of it does not end`);
    return withPlainLines(block);
  });
  return { blocks, source };
}

/** The same text for the same part, whatever ends its lines. */
function withPlainLines(block: string): string {
  return `${block.replace(/\r\n?/g, '\n')}\n`;
}

function readPemFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    // It is not shown; the cause would show it, too.
    if (keyMaterial.test(path))
      throw new InvalidRequestError(`${name} is neither PEM text nor the path of a file`);
    throw new InvalidRequestError(`${name}: the file ${path} cannot be read (${codeOf(cause)})`, {
      cause,
    });
  }
}

/**
 * The certificates of a PEM text or file, one or more. Each is read here, since OpenSSL itself
 * takes those before the first broken one for all, be it none.
 *
 * @throws {InvalidRequestError} where there is none, or one is broken.
 */
export function readCertificates(value: unknown, name: string): string[] {
  const { blocks, source } = readPem(value, name);
  const certificates = blocks.filter((block) => certificateBlock.test(block));
  if (certificates.length === 0)
    throw new InvalidRequestError(`${source} holds no certificate in PEM`);
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (cause) {
      const which = `certificate ${index + 1} of ${certificates.length}`;
      throw new InvalidRequestError(`${source} is broken: ${which} cannot be read`, { cause });
    }
  }
  return certificates;
}

/**
 * The revocation lists of a PEM text or file, one or more.
 *
 * @throws {InvalidRequestError} where there is none.
 */
export function readRevocations(value: unknown, name: string): string[] {
  const { blocks, source } = readPem(value, name);
  const lists = blocks.filter((block) => revocationBlock.test(block));
  if (lists.length === 0)
    throw new InvalidRequestError(`${source} holds no revocation list in PEM`);
  return lists;
}

/**
 * The private key of a PEM text or file; a certificate may stand beside it.
 *
 * @throws {InvalidRequestError} where there is none.
 */
export function readKey(value: unknown, name: string): string {
  const { blocks, source } = readPem(value, name);
  const key = blocks.find((block) => keyBlock.test(block));
  if (key === undefined) throw new InvalidRequestError(`${source} holds no private key in PEM`);
  return key;
}
