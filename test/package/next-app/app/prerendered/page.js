import { createElement } from 'react';
import { get } from 'isosession';

/** Rendered by the build: Next.js sees no request that is not its own `fetch`. */
export default async function Page() {
  return createElement('p', null, await get(new URL('counted', process.env.BACKEND)).text());
}
