/** The part that tests use of a package without types. */
declare module 'har-validator' {
  const validator: {
    /** Rejects with what is wrong, in `errors`. */
    har(archive: object): Promise<object>;
  };
  export = validator;
}
