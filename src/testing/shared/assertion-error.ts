/**
 * What does not hold in a test, as runners of tests print it: with the difference, where there is
 * one.
 */
export class AssertionError extends Error {
  /** What it should have been. */
  readonly expected: unknown;
  /** What it was. */
  readonly actual: unknown;
  /** Whether the two are worth being compared. */
  readonly showDiff: boolean;

  constructor(message: string, difference?: { expected: unknown; actual: unknown }) {
    super(message);
    this.expected = difference?.expected;
    this.actual = difference?.actual;
    this.showDiff = difference !== undefined;
  }
}
AssertionError.prototype.name = 'AssertionError';
