import { fetchTransport, Session } from 'isosession';

/** On the server SvelteKit's own `fetch` puts its answers into the page, as data for the browser. */
export async function load({ fetch, url }) {
  const session = new Session({
    baseUrl: new URL('/hours/', url),
    transport: fetchTransport({ fetch }),
  });
  const { open } = await session.get(url.searchParams.get('day') ?? 'today').json();
  return { open, asked: await session.post('today', { form: { for: 'monday' } }).text() };
}
