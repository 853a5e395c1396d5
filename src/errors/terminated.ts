/** What breaks a body off, as who has asked for it expects: fetch has one TypeError for all. */
export function terminated(error: Error, { asFetch }: { readonly asFetch: boolean }): Error {
  return asFetch ? new TypeError('terminated', { cause: error }) : error;
}
