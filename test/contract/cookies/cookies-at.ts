import { sent, type Site } from '../../support/contract.ts';

/** The `cookie` header that a site got with a route, as names and values. */
export async function cookiesAt(site: Site, route: string): Promise<Record<string, string>[]> {
  const entries = (await site.requests()).filter((entry) => entry.route === route);
  return entries.map((entry) =>
    Object.fromEntries(
      (sent(entry, 'cookie') ?? '')
        .split('; ')
        .filter(Boolean)
        .map((pair) => {
          const equals = pair.indexOf('=');
          return [pair.slice(0, equals), pair.slice(equals + 1)];
        }),
    ),
  );
}
