/** Words of a POSIX shell. */

/** Bytes that stand for themselves between single quotes: printable ASCII and line breaks. */
const plain = /^[\x20-\x7e\n]*$/;
const bare = /^[\w@%+=:,./-]+$/;

/** Text whose characters are bytes as one word. */
export function quote(bytes: string): string {
  if (bare.test(bytes)) return bytes;
  if (plain.test(bytes)) return singleQuoted(bytes);
  return `"$(printf ${singleQuoted(printfFormat(bytes))})"`;
}

/** What gives bytes on its output, the null byte and an end of line included. */
export const printf = (bytes: string): string => `printf ${singleQuoted(printfFormat(bytes))}`;

/** No argument may hold a null byte, and a shell's `$()` drops the last line breaks. */
export const isArgument = (bytes: string): boolean =>
  bytes.length < longestArgument && !bytes.includes('\0') && !bytes.endsWith('\n');

/** Linux takes 128 KiB for one argument, with its name before it. */
const longestArgument = 100_000;

const singleQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function printfFormat(bytes: string): string {
  return bytes.replace(/[^\x20-\x7e]|[\\%]/g, (char) => {
    if (char === '%') return '%%';
    return `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
}
