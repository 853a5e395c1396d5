import type { Link } from '../types/response.ts';
import { urlInHeader } from '../request/url.ts';
import { readParameters } from './text/parameters.ts';

// Linear, as the parameters are: an open quoted string ends with the header.
const values = /<([^<>]*)>((?:[^",]|"(?:[^"\\]|\\.)*"?)*)/g;

/**
 * The entries of a `Link` header by relation type in lower case; the first of a type wins, what
 * cannot be read is left out (RFC 8288 §3, appendix B.2).
 */
export function parseLinks(header: string | null, base: string): Record<string, Link> {
  const links: Record<string, Link> = Object.create(null);
  for (const [, target = '', rest = ''] of (header ?? '').matchAll(values)) {
    const link = readParameters(rest);
    try {
      link.url = new URL(urlInHeader(target), base || undefined).href;
    } catch {
      continue;
    }
    // It has its `url` now. Bounded, because each type gets a copy of all parameters.
    for (const rel of (link.rel ?? '').toLowerCase().split(/\s+/, 9))
      if (rel) links[rel] ??= { ...(link as Link), rel };
  }
  return links;
}
