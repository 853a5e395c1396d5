import { InvalidRequestError } from '../../errors/invalid-request-error.ts';

/** What the groups of a pattern stand for, as it is written in the URL; `*` by its number. */
export type PathParams = Readonly<Record<string, string | undefined>>;

/** Whether a URL is one of a route's, and if so, what its groups stand for. */
export type MatchUrl = (url: URL) => PathParams | undefined;

/** A name in a path, a group with the slash before it, or a character, which may be escaped. */
const name = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const group = String.raw`(?<slash>/?)(?::(?<name>${name})|(?<wildcard>\*))(?<modifier>[?*+]?)`;
const tokens = new RegExp(String.raw`${group}|\\(?<escaped>.)|(?<plain>[^])`, 'gsu');

/** What URLPattern gives a meaning to that a route does not have. */
const unsupported = new Set('?#(){}+*:');

/**
 * Reads a path with the groups of URLPattern's pathnames: `:name` stands for a segment or a part of
 * one, `*` for anything, a `?` behind either makes it optional, together with a slash before it. A
 * path is one of any origin, a URL one of its own; the query is not looked at.
 *
 * @throws {InvalidRequestError} for what is no such path.
 */
export function readPathPattern(pattern: string): MatchUrl {
  const [, origin, path] = /^(https?:\/\/[^/?#]+)?([/*][^]*)$/i.exec(pattern) ?? [];
  if (path === undefined || (origin !== undefined && !URL.canParse(origin)))
    throw new InvalidRequestError(`a route must be a path or an http: or https: URL: ${pattern}`);
  const wanted = origin && new URL(origin).origin;
  const { expression, names } = compile(path);
  return (url) => {
    const groups = expression.exec(url.pathname)?.slice(1);
    if (!groups || (wanted && wanted !== url.origin)) return undefined;
    return Object.fromEntries(groups.map((value, i) => [names[i], value]));
  };
}

function compile(path: string): { expression: RegExp; names: string[] } {
  const names: string[] = [];
  let source = '';
  let wildcards = 0;
  for (const { 0: text, groups = {} } of path.matchAll(tokens)) {
    const { slash, name, wildcard, modifier, escaped, plain } = groups;
    refuseUnsupported(text, plain ?? modifier, path);
    if (name ?? wildcard) {
      names.push(name ?? String(wildcards++));
      const group = `${slash}(${wildcard ? '.*' : '[^/]+?'})`;
      source += modifier === '?' ? `(?:${group})?` : group;
    } else {
      source += literal(escaped ?? plain ?? '');
    }
  }
  return { expression: new RegExp(`^${source}$`, 's'), names };
}

function refuseUnsupported(text: string, last: string | undefined, path: string): void {
  const isModifier = text.length > 1 && last === '?';
  if (last && !isModifier && unsupported.has(last))
    throw new InvalidRequestError(
      `a route's path takes :name, * and ? behind one of these: ${text} in ${path}`,
    );
}

/** As a URL has it, and without a meaning of its own to an expression. */
function literal(character: string): string {
  const written = /[!-~]/.test(character) ? character : encodeURIComponent(character);
  return written.replace(/[^\w%]/g, '\\$&');
}
