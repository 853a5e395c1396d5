/**
 * A `Link` header whose URLs have none of these parameters, which a server likes to repeat;
 * `undefined` where there are further URLs that may have some. It takes linear time.
 */
export function cutLinks(link: string, names: ReadonlySet<string>): string | undefined {
  if (names.size === 0) return link;
  if (link.replace(targets, '').includes('?')) return undefined;
  return link.replace(targets, (_, target: string) => `<${cutQuery(target, names)}>`);
}

const targets = /<([^<>]*)>/g;

function cutQuery(target: string, names: ReadonlySet<string>): string {
  const [url = ''] = target.split('#', 1);
  const [path = ''] = url.split('?', 1);
  const isKept = (pair: string): boolean =>
    ![...new URLSearchParams(pair).keys()].some((name) => names.has(name));
  const kept = url
    .slice(path.length + 1)
    .split('&')
    .filter(isKept)
    .join('&');
  return path + (kept && `?${kept}`);
}
