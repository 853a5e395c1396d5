import { NextResponse } from 'next/server';
import { Session } from 'isosession';
import { nextSession } from 'isosession/next';

const backend = process.env.BACKEND;
const api = new Session({ baseUrl: backend, retry: 0 });

/** Renews the visitor's login before the page renders, for the page and for the browser. */
export async function proxy({ headers, cookies }) {
  const response = NextResponse.next();
  const session = await nextSession(api, {
    to: [backend],
    headers: () => headers,
    cookies: () => ({
      getAll: () => cookies.getAll(),
      set: (cookie) => response.cookies.set(cookie),
    }),
  });
  await session.post('renew').text();
  return response;
}

export const config = {
  matcher: [{ source: '/session', has: [{ type: 'query', key: 'renew' }] }],
};
