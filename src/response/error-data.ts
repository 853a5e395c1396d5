/** The body of an HTTP error as data: JSON where its content-type says so and it is, else text. */
export function toErrorData(text: string, headers: Headers): unknown {
  if (!/[/+]json\b/i.test(headers.get('content-type') ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The status is the news; a body that cannot be parsed is not.
    return text;
  }
}
