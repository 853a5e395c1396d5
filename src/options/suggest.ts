/** What other clients call our options, in lower case. */
const aliases: Record<string, string> = {
  searchParams: 'params query qs',
  form: 'data',
  body: 'files',
  baseUrl: 'prefixurl prefix',
  redirect: 'followredirect follow allowredirects',
  retry: 'retries',
  cookies: 'jar cookiejar',
  transport: 'agent adapter httpsagent',
  tls: 'verify https',
  proxy: 'proxies',
  timeout: 'timeoutms',
  throwHttpErrors: 'validatestatus',
  credentials: 'withcredentials',
};

/**
 * The one of `known` that was most likely meant by `name`: another client's word for it, or at most
 * two slips of the pen away.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = simplify(name.slice(0, 40));
  let best: string | undefined;
  // A short name says too little to allow for two.
  let least = Math.min(3, plain.length / 2);
  for (const option of known) {
    for (const word of `${simplify(option)} ${aliases[option] ?? ''}`.split(' ')) {
      const distance = slips(plain, word, 2);
      if (distance < least) [best, least] = [option, distance];
    }
  }
  return best;
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** Levenshtein's distance up to `most`, beyond it `Infinity`. */
function slips(a: string, b: string, most: number): number {
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return a ? slips(restA, restB, most) : 0;
  return most
    ? 1 +
        Math.min(
          slips(restA, b, most - 1),
          slips(a, restB, most - 1),
          slips(restA, restB, most - 1),
        )
    : Infinity;
}
