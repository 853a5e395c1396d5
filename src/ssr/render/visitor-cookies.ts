import { isFieldValue, trimBlank } from '../../request/headers.ts';

/** One of the visitor's cookies, as it came. */
export interface VisitorCookie {
  readonly name: string;
  /** `name=value` */
  readonly pair: string;
}

/** The name in `name=value`; `''` when it has none. */
export function nameOf(pair: string): string {
  return trimBlank(pair, 0, Math.max(pair.indexOf('='), 0));
}

/** The value in `name=value`, as it was sent; all of it when it has no name. */
export function valueOf(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}

/** The cookies of a `cookie` header, in their order. */
export function parseCookies(header: string | undefined): VisitorCookie[] {
  const pairs = header?.split(';').map((pair) => trimBlank(pair)) ?? [];
  return pairs
    .filter((pair) => pair && isFieldValue(pair))
    .map((pair) => ({ name: nameOf(pair), pair }));
}
