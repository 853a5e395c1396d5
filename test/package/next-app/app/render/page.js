import { createElement } from 'react';
import { visitor } from '../../api.js';

/** Logs in while it renders, where Next.js lets nobody set cookies. */
export default async function Page() {
  const session = await visitor();
  await session.post('login').text();
  return createElement('p', null, JSON.stringify([await session.get('seen').text()]));
}
