/**
 * The part from `start` to `end` without spaces and tabs around it. A loop, since a pattern for
 * both ends takes quadratic time; `trim()` would take bytes of UTF-8, too.
 */
export function trimBlank(text: string, start = 0, end = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
