/**
 * What the server serves and the clients check: small enough to be an API's answer, each different
 * from the others.
 */
export const itemCount = 1000;

const words =
  'amber basalt cedar delta ember fjord grove heath islet jetty knoll lagoon meadow nectar orchard prairie quarry ridge summit tundra'.split(
    ' ',
  );

/** About 1 kB of JSON. */
export function item(n) {
  const word = (k) => words[(n * 7 + k * 11) % words.length];
  return {
    id: n,
    name: `${word(0)} ${word(1)} ${word(2)}`,
    slug: `${word(0)}-${word(1)}-${n}`,
    price: Math.round(((n * 7919) % 100000) + 99) / 100,
    inStock: n % 3 !== 0,
    createdAt: new Date(1_700_000_000_000 + n * 61_000).toISOString(),
    tags: Array.from({ length: 6 }, (_, k) => word(k + 3)),
    owner: {
      id: (n * 31) % 977,
      name: `${word(4)} ${word(5)}`,
      email: `${word(4)}.${n}@example.com`,
    },
    description: Array.from({ length: 88 }, (_, k) => word(k * k + 1)).join(' '),
    stats: {
      views: n * 13,
      likes: n % 89,
      rating: (n % 50) / 10,
      history: Array.from({ length: 12 }, (_, k) => (n * (k + 1)) % 1000),
    },
    links: { self: `/items/${n}`, next: `/items/${n + 1}` },
  };
}
