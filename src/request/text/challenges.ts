/** A challenge of an authentication scheme (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By names in lower case, unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * One parameter, or one scheme with the token68 that may follow it. A value that is not quoted may
 * hold what servers put there without quotes. Each alternative ends by a look at what follows, so
 * that a header takes linear time.
 */
const part = new RegExp(
  '[\\t ,]*(?:' +
    "(?<name>[!#$%&'*+\\-.^_`|~\\w]+)[\\t ]*=[\\t ]*" +
    '(?:"(?<quoted>(?:[^"\\\\]|\\\\.)*)"|(?<bare>[^\\t ,"]+))(?=[\\t ]*(?:,|$))' +
    "|(?<scheme>[!#$%&'*+\\-.^_`|~\\w]+)" +
    '(?:[\\t ]+[\\w\\-.~+/]+=*(?=[\\t ]*(?:,|$)))?(?=[\\t ,]|$))',
  'sy',
);

/**
 * The challenges of a `www-authenticate` header, of one line or of several that were joined. What
 * cannot be read ends it; a challenge that has a parameter twice is left out, as nobody can tell
 * which one is meant.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: (Challenge & { parameters: Map<string, string> })[] = [];
  const ambiguous = new Set<Challenge>();
  part.lastIndex = 0;
  for (let match; (match = part.exec(header)?.groups);) {
    const { name, quoted, bare, scheme } = match;
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
      continue;
    }
    const challenge = challenges.at(-1);
    if (!challenge || name === undefined) break;
    const key = name.toLowerCase();
    if (challenge.parameters.has(key)) ambiguous.add(challenge);
    challenge.parameters.set(key, bare ?? unescape(quoted));
  }
  return challenges.filter((challenge) => !ambiguous.has(challenge));
}

const unescape = (quoted = ''): string => quoted.replace(/\\(.)/gs, '$1');
