import { randomBytes } from 'node:crypto';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { isBytes } from '../../request/host/brand.ts';
import { readBlob } from './blob.ts';

/** A form as a body: `length` is exact, and `stream` may be called any number of times. */
export interface Multipart {
  contentType: string;
  length: number;
  stream(): AsyncGenerator<Uint8Array>;
}

/**
 * Encodes a form as `multipart/form-data` (HTML standard, "multipart/form-data encoding
 * algorithm"). Any `FormData` will do, of another realm too: it is read by iteration, once and now.
 * Files are read as they are sent, never as a whole.
 *
 * @throws InvalidRequestError for a file whose type would break its header, and for a form that is
 * no iterable.
 */
export function encodeMultipart(form: FormData): Multipart {
  // The form-data package has the name and is a stream of an old kind.
  if (!(Symbol.iterator in form))
    throw new InvalidRequestError(
      'This FormData cannot be iterated over: ' +
        'use the global FormData, whose files are Blobs (fs.openAsBlob)',
    );
  const boundary = `isosession-${randomBytes(24).toString('hex')}`;
  const encoder = new TextEncoder();
  const parts: (Uint8Array | Blob)[] = [];
  let text = '';
  for (const [name, value] of form) {
    text += `--${boundary}\r\ncontent-disposition: form-data; name="${quote(withCrlf(name))}"`;
    if (typeof value === 'string') {
      text += `\r\n\r\n${withCrlf(value)}\r\n`;
      continue;
    }
    const { name: filename = 'blob', type } = value;
    // Global blobs have no such type, those of a library may.
    if (/[^\x20-\x7e]/.test(type))
      throw new InvalidRequestError(
        `The type of the file in ${JSON.stringify(name)} has forbidden characters`,
      );
    text += `; filename="${quote(filename)}"\r\n`;
    text += `content-type: ${type || 'application/octet-stream'}\r\n\r\n`;
    parts.push(encoder.encode(text), value);
    text = '\r\n';
  }
  parts.push(encoder.encode(`${text}--${boundary}--\r\n`));
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: parts.reduce((sum, part) => sum + (isBytes(part) ? part.length : part.size), 0),
    async *stream() {
      for (const part of parts) {
        if (isBytes(part)) yield part;
        else yield* readBlob(part);
      }
    },
  };
}

function withCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, '\r\n');
}

function quote(text: string): string {
  return text.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
}
