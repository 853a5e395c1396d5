import { createElement } from 'react';
import { shared } from '../../api.js';

/** Rendered for each visitor, since the request says so to the `fetch` of Next.js. */
export default async function Page() {
  return createElement('p', null, await shared.get('counted', { cache: 'no-store' }).text());
}
