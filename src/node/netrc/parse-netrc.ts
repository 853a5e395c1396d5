/** What a netrc file has for one host. */
export interface NetrcEntry {
  /** In lower case; `undefined`: for every host (`default`). */
  readonly machine: string | undefined;
  login: string | undefined;
  password: string | undefined;
}

/** A token and where the next one begins. */
interface Token {
  readonly text: string;
  readonly end: number;
}

const escapes: Readonly<Record<string, string>> = Object.freeze({ n: '\n', r: '\r', t: '\t' });

/**
 * Reads a netrc file: `machine`, `default`, `login`, `password`, `account`, `macdef` with its lines
 * up to an empty one, `#` comments, and tokens in quotes, in which `\"`, `\\`, `\n`, `\r` and `\t`
 * are escapes. What stands after `default` is never reached, and other words mean nothing.
 *
 * @returns the number of a line that cannot be read in place of the entries.
 */
export function parseNetrc(text: string): NetrcEntry[] | number {
  const entries: NetrcEntry[] = [];
  for (let at = 0; ;) {
    const word = nextToken(text, at);
    if (!word) return entries;
    at = word.end;
    if (word.text === 'macdef') {
      at = endOfMacro(text, at);
      continue;
    }
    if (word.text === 'default') {
      entries.push({ machine: undefined, login: undefined, password: undefined });
      continue;
    }
    if (!['machine', 'login', 'password', 'account'].includes(word.text)) continue;
    const value = nextToken(text, at);
    if (!value || value.end === Infinity) return lineOf(text, at);
    at = value.end;
    readValue(entries, word.text, value.text);
  }
}

function readValue(entries: NetrcEntry[], word: string, value: string): void {
  if (word === 'machine')
    entries.push({ machine: value.toLowerCase(), login: undefined, password: undefined });
  const entry = entries.at(-1);
  if (!entry) return;
  if (word === 'login') entry.login = value;
  if (word === 'password') entry.password = value;
}

/** The next word from `start`, comments left out; its end is `Infinity` if its quote never ends. */
function nextToken(text: string, start: number): Token | undefined {
  const blank = /(?:\s|(?<=(?:^|\n)[\t ]*)#[^\n]*)*/y;
  blank.lastIndex = start;
  blank.exec(text);
  const at = blank.lastIndex;
  if (at >= text.length) return undefined;
  const token = text[at] === '"' ? /"((?:[^"\\]|\\.)*)"/sy : /(\S+)/y;
  token.lastIndex = at;
  const found = token.exec(text)?.[1];
  if (found === undefined) return { text: '', end: Infinity };
  if (text[at] !== '"') return { text: found, end: token.lastIndex };
  const unescaped = found.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
  return { text: unescaped, end: token.lastIndex };
}

/** Behind the first empty line, or the end. */
function endOfMacro(text: string, start: number): number {
  const end = /\n[\t ]*\r?\n/g;
  end.lastIndex = start;
  return end.exec(text) ? end.lastIndex : text.length;
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** The first entry of the host, else the default one. */
export function findEntry(entries: readonly NetrcEntry[], host: string): NetrcEntry | undefined {
  // A default stands last: what comes after it is for nobody.
  return entries.find(({ machine }) => machine === undefined || machine === host);
}
