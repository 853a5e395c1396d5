/** An error of undici's or of the runtime's, as ours tell of it. */

/** What undici calls what it does rather than what is wrong with a response's headers. */
const faultsByCode: Readonly<Record<string, string>> = {
  UND_ERR_HEADERS_OVERFLOW:
    "the response's headers have more bytes than maxHeaderSize of undiciTransport() allows",
  // Of any fault behind a content-length, since no byte of the body has come.
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH:
    "the response's headers are malformed: content-length stands there twice, is no number or " +
    'goes with transfer-encoding, or a line is folded or is no header',
};

/** As the parser puts it, which does not know what it has come upon. */
const foldedHeader = '(Unexpected whitespace after header value)';

/** What undici says, or asserts, of a change of protocol. */
const unaskedUpgrade = /^bad upgrade$|assert\(upgrade\)/;

/**
 * The message and code of an error that came before the headers of a response were complete: an
 * AggregateError of several addresses has no message of its own.
 */
export function describeError(error: Error & { code?: string; errors?: Error[] }): string {
  const fault = error.code === undefined ? undefined : faultsByCode[error.code];
  if (fault !== undefined) return fault;
  if (error.message.includes(foldedHeader))
    return 'a header of the response is folded, which is obsolete (RFC 9112, section 5.2)';
  if (unaskedUpgrade.test(error.message))
    return 'the response changes the protocol (101), which nothing has asked for';
  return (
    error.message ||
    error.errors?.map((one) => one.message).join('; ') ||
    String(error.code ?? error.name)
  );
}

/**
 * The error as the cause of one of ours. A parser's has the bytes that it stopped at, which may be
 * cookies: they are not to be printed.
 */
export function asCause<E extends Error>(error: E): E {
  Reflect.deleteProperty(error, 'data');
  return error;
}
