/** The `code` of an error of a runtime's or a library's, of whatever realm. */
export function codeOf(error: unknown): unknown {
  return Object(error).code;
}
