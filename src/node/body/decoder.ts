/** From a `content-encoding` to what decodes it. */
import { type Coding, parseCodings } from './codings.ts';
import { type ContentDecoder, DecoderStage, type DecoderSink } from './decoder-stage.ts';

/**
 * The decoder of a `content-encoding`; `undefined` when there is nothing to decode. A body of 0
 * bytes decodes to nothing. Data behind the end of the compressed data is ignored, as browsers do
 * (not with zstd).
 *
 * @throws DecodeError for more than 5 codings.
 */
export function createDecoder(
  contentEncoding: string | undefined,
  sink: DecoderSink,
  onDrain: () => void,
): ContentDecoder | undefined {
  const codings = parseCodings(contentEncoding);
  const [only] = codings;
  if (only === undefined) return undefined;
  if (codings.length === 1) return new DecoderStage(only, sink, onDrain);
  const chain = new DecoderChain(sink, onDrain);
  for (const coding of codings) chain.append(coding);
  return chain;
}

/**
 * Several codings. The last was applied last, and is the first to be undone. Each stage holds back
 * the one before it when it is full.
 */
class DecoderChain implements ContentDecoder {
  readonly #stages: DecoderStage[] = [];
  readonly #sink: DecoderSink;
  readonly #onDrain: () => void;

  constructor(sink: DecoderSink, onDrain: () => void) {
    this.#sink = sink;
    this.#onDrain = onDrain;
  }

  /** Adds the coding that was applied after those that are here. */
  append(coding: Coding): void {
    const stages = this.#stages;
    const sink = this.#sink;
    const index = stages.length;
    const next = stages[index - 1];
    const stage: DecoderStage = new DecoderStage(
      coding,
      {
        data: (chunk) => {
          if (!next) sink.data(chunk);
          else if (!next.write(chunk)) stage.pause();
        },
        end: () => (next ?? sink).end(),
        error: (error) => {
          this.destroy();
          sink.error(error);
        },
      },
      () => {
        const previous = stages[index + 1];
        if (previous) previous.resume();
        else this.#onDrain();
      },
    );
    stages.push(stage);
  }

  write(chunk: Uint8Array): boolean {
    return this.#stages.at(-1)?.write(chunk) ?? true;
  }

  end(): void {
    this.#stages.at(-1)?.end();
  }

  pause(): void {
    this.#stages[0]?.pause();
  }

  resume(): void {
    this.#stages[0]?.resume();
  }

  destroy(): void {
    for (const stage of this.#stages) stage.destroy();
  }
}
