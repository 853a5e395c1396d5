import type { SchemaIssue } from '../types/standard-schema.ts';
import { type ErrorDetails, nameError, SessionError } from './session-error.ts';

/** The data is not what the schema wants; `issues` say where. */
export class SchemaError extends SessionError {
  override readonly code = 'ERR_SCHEMA';
  /** What the schema found wrong, each with where it is. */
  declare readonly issues: readonly SchemaIssue[];

  constructor(issues: readonly SchemaIssue[], details?: ErrorDetails) {
    super(`The data fails the schema: ${issues.map(describeIssue).join('; ')}`, details);
    this.issues = issues;
  }
}
nameError(SchemaError, 'SchemaError');

/** As `items.0.price: must be a number`. */
function describeIssue({ path = [], message }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.length ? `${keys.join('.')}: ${message}` : message;
}
