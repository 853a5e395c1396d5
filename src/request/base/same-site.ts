/** Whether a browser would send a page's cookies there. */
import type { UrlParts } from '../url.ts';
import { pageOrigin } from './page.ts';

/**
 * The last two labels of a host; three below a country's domain whose second label is short, as
 * `co.uk` is. No list of public suffixes is worth its bytes to a page. Addresses and single labels
 * have none.
 */
const siteLabels = /[^.]+\.(?:[^.]{1,3}\.[a-z]{2}|[^.]*[a-z][^.]*)$/;

const siteOf = (hostname: string): string => siteLabels.exec(hostname)?.[0] ?? hostname;

/** Whether it has the scheme and the site of the page; never where there is no page. */
export function isSameSite({ protocol, hostname }: UrlParts): boolean {
  const origin = pageOrigin();
  if (!origin || origin === 'null') return false;
  const page = new URL(origin);
  return page.protocol === protocol && siteOf(page.hostname) === siteOf(hostname);
}
