/**
 * The message and code of a runtime's error: an AggregateError of several addresses has no message
 * of its own.
 */
export function describeError(error: Error & { code?: string; errors?: Error[] }): string {
  return (
    error.message ||
    error.errors?.map((one) => one.message).join('; ') ||
    String(error.code ?? error.name)
  );
}
