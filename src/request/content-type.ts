/** The `content-type` of a request with a body. */
import type { PreparedBody } from './body.ts';
import { getHeader, type HeaderList, setHeader } from './headers.ts';

/**
 * The headers of a request with the content-type of its body, unless they have one. A body that
 * names itself has its own in place of a session's default.
 *
 * @param ofCall the content-type that the call itself has set
 */
export function withType(
  list: HeaderList,
  [, type, namesItself]: PreparedBody,
  ofCall: string | null | undefined,
): HeaderList {
  const isSet = getHeader(list, 'content-type') !== undefined;
  const isReplaced = namesItself && (!ofCall || (namesItself === 'form' && isUnreadable(ofCall)));
  if (isSet && !isReplaced) return list;
  if (!isSet && !type) return list;
  const typed = [...list];
  setHeader(typed, 'content-type', type);
  return typed;
}

/** Without its boundary, nobody can tell the parts of a form. */
function isUnreadable(type: string): boolean {
  return /^multipart\/form-data(?:\s|;|$)/i.test(type) && !/;\s*boundary\s*=/i.test(type);
}
