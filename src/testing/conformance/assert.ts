/** Assertions of no runner. */
import { AssertionError } from '../shared/assertion-error.ts';

/** Compares as JSON: for data. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new AssertionError(
      `${what} should be ${JSON.stringify(expected)}, and is ${JSON.stringify(actual)}`,
      { expected, actual },
    );
}

/** What a promise rejects with. */
export async function assertRejects(promise: Promise<unknown>, what: string): Promise<unknown> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  if (!outcome) throw new AssertionError(`${what} should reject`);
  return outcome.error;
}
