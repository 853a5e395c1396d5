import { shared, visitor } from '../../api.js';

/** Hands on the backend's answer, or a clone of it, over each transport. */
export async function GET({ nextUrl: { searchParams } }) {
  const session = searchParams.get('over') === 'fetch' ? shared : await visitor();
  const response = await session.get('seen', { cache: 'no-store' });
  return searchParams.get('as') === 'clone' ? response.clone() : response;
}
