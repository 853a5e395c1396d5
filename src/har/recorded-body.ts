import { byteTextOf } from '../request/text/byte-text.ts';
import { charsetOf } from '../response/text/parameters.ts';
import type { HarContent } from './har.ts';
import { type Redaction, redactText } from './redaction.ts';

/** Types of media that are text, apart from what says its charset. */
const texts =
  /^\s*(?:text\/|application\/(?:[^;]*[/+])?(?:json|xml|javascript|x-www-form-urlencoded)\b)/i;

/** The body of a response, as far as it was read or has come. */
export class RecordedBody {
  readonly #limit: number;
  readonly #redaction: Redaction | undefined;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** Without a redaction, everything is kept. */
  constructor(limit: number, redaction: Redaction | undefined) {
    this.#limit = limit;
    this.#redaction = redaction;
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  /** As an archive has it. */
  content(mimeType: string): HarContent {
    return { size: this.#size, mimeType, ...this.#shown(mimeType) };
  }

  #shown(mimeType: string): Partial<HarContent> {
    if (this.#size === 0) return {};
    if (this.#size > this.#limit) return { comment: 'left out: larger than maxBody' };
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const text = textOf(bytes, mimeType);
    if (!this.#redaction) return text === undefined ? toBase64(bytes) : { text };
    const redacted = text === undefined ? undefined : redactText(text, mimeType, this.#redaction);
    return redacted === undefined
      ? { comment: 'left out: it may hold secrets' }
      : { text: redacted };
  }
}

/** Text, where the media type says so and the bytes are what it says. */
function textOf(bytes: Uint8Array, mimeType: string): string | undefined {
  const charset = charsetOf(mimeType);
  if (charset === undefined && !texts.test(mimeType)) return undefined;
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function toBase64(bytes: Uint8Array): Pick<HarContent, 'text' | 'encoding'> {
  return { text: btoa(byteTextOf(bytes)), encoding: 'base64' };
}
