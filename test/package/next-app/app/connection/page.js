import { connection } from 'next/server';
import { createElement } from 'react';
import { get } from 'isosession';

/** Rendered for each visitor, as it says so itself. */
export default async function Page() {
  await connection();
  return createElement('p', null, await get(new URL('counted', process.env.BACKEND)).text());
}
