import type { Awaitable } from './context.ts';

/**
 * The part of the Standard Schema interface (version 1, standardschema.dev) that is used: zod,
 * valibot, arktype and others have it.
 */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  /** What every such schema has under this name. */
  readonly '~standard': {
    /** Of the interface. */
    readonly version: 1;
    /** The library whose schema it is. */
    readonly vendor: string;
    /** Gives the validated value, or what is wrong with it. */
    readonly validate: (
      value: unknown,
    ) => Awaitable<
      | { readonly value: Output; readonly issues?: undefined }
      | { readonly issues: readonly SchemaIssue[] }
    >;
    /** For TypeScript alone: there at no time. */
    readonly types?:
      | {
          /** What may be given to `validate`. */
          readonly input: Input;
          /** What it gives. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** One thing that a schema found wrong. */
export interface SchemaIssue {
  /** What is wrong, for a person. */
  readonly message: string;
  /** Where: the keys on the way from the data's root. Left out or empty for the root itself. */
  readonly path?:
    | readonly (
        | PropertyKey
        | {
            /** One key, by a library that tells more of each. */
            readonly key: PropertyKey;
          }
      )[]
    | undefined;
}

/** What a schema's data is after validation. */
export type InferOutput<S extends StandardSchemaV1> = NonNullable<
  S['~standard']['types']
>['output'];
