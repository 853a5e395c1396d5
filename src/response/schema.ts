import { InvalidRequestError } from '../errors/invalid-request-error.ts';
import { SchemaError } from '../errors/schema-error.ts';
import type { ErrorDetails } from '../errors/session-error.ts';
import type { StandardSchemaV1 } from '../types/standard-schema.ts';

/** A caller without types may hand over anything. */
export function checkSchema(schema: Partial<StandardSchemaV1> | null, details: ErrorDetails): void {
  if (typeof schema?.['~standard'] === 'object') return;
  const message = 'json() takes a Standard Schema (zod, valibot, arktype)';
  throw new InvalidRequestError(message, details);
}

/** The data as the schema gives it back (Standard Schema). */
export async function validate(
  schema: StandardSchemaV1,
  data: unknown,
  details: ErrorDetails,
): Promise<unknown> {
  const result = await schema['~standard'].validate(data);
  if (result.issues) throw new SchemaError(result.issues, details);
  return result.value;
}
