import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';

/** Everything that a log could make of a value. */
export function printed(value: unknown): string {
  let logged = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  new Console({ stdout: sink, stderr: sink }).log(value);
  const texts = [
    logged,
    inspect(value),
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    inspect(value, { depth: Infinity, compact: false, customInspect: true }),
    inspect({ value: [value] }, { depth: Infinity }),
    format('%s %o %O %j', value, value, value, value),
    JSON.stringify(value) ?? '',
    JSON.stringify({ value: [value] }),
    String(value),
  ];
  if (value instanceof Error) {
    texts.push(
      value.stack ?? '',
      value.message,
      JSON.stringify(value, Object.getOwnPropertyNames(value)),
    );
    for (
      let { cause } = value as { cause?: unknown };
      cause instanceof Error;
      cause = (cause as Error).cause
    )
      texts.push(
        inspect(cause, { depth: Infinity, showHidden: true }),
        cause.stack ?? '',
        JSON.stringify(cause),
      );
  }
  return texts.join('\n');
}
