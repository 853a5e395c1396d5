/**
 * Runs out of file descriptors in the middle of many calls, and goes on when some are free again.
 * It is started with a small limit.
 */
import { closeSync, openSync } from 'node:fs';
import { NetworkError, Session, SessionError } from 'isosession';

const [origin = ''] = process.argv.slice(2);
const session = new Session({ retry: 0 });
await session.get(origin).text();
await session.close();

const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
const other = new Session({ retry: 0 });
const outcomes = await Promise.all(
  Array.from({ length: 5 }, () =>
    other
      .get(origin)
      .text()
      .then(
        () => 'answered',
        (error: unknown) =>
          SessionError.is(error) && error instanceof NetworkError
            ? String((error.cause as { code?: unknown }).code)
            : String(error),
      ),
  ),
);
for (const descriptor of held) closeSync(descriptor);
const after = await Promise.all(Array.from({ length: 5 }, () => other.get(origin).text()));
await other.close();
console.log(JSON.stringify({ outcomes, after, stats: other.stats() }));
