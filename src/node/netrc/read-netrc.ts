import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { devNull, homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import { type NetrcEntry, parseNetrc } from './parse-netrc.ts';

/** A file of logins is no larger, in bytes. */
const largestFile = 2 ** 20;
/** As a pipe would be waited for. Windows knows no such flag. */
const reading = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Permissions of anybody but the owner. */
const others = 0o077;

/** Where the file is, and whether somebody has named it. */
interface Place {
  readonly path: string;
  readonly isNamed: boolean;
}

function placeOf(path: string | URL | undefined): Place {
  const named = path ?? process.env['NETRC'];
  if (named) return { path: named instanceof URL ? fileURLToPath(named) : named, isNamed: true };
  const name = process.platform === 'win32' ? '_netrc' : '.netrc';
  return { path: join(homedir(), name), isNamed: false };
}

/** What was read, and where. */
export interface NetrcFile {
  readonly path: string;
  readonly entries: readonly NetrcEntry[];
}

/**
 * The entries of the file that is named, else of `NETRC`, else of `~/.netrc`, which may be absent.
 * The null device is a file without entries.
 *
 * @throws {InvalidRequestError} for one that is named and cannot be read, that others can read, or
 * that is no netrc file.
 */
export async function readNetrc(path: string | URL | undefined): Promise<NetrcFile> {
  const place = placeOf(path);
  let text: string | undefined;
  try {
    text = await readPrivately(place.path);
  } catch (cause) {
    if (cause instanceof InvalidRequestError) throw cause;
    throw new InvalidRequestError(`netrc(): ${place.path} cannot be read`, { cause });
  }
  if (text === undefined) {
    if (!place.isNamed) return { path: place.path, entries: [] };
    throw new InvalidRequestError(`netrc(): there is no file ${place.path}`);
  }
  const entries = parseNetrc(text);
  if (typeof entries !== 'number') return { path: place.path, entries };
  throw new InvalidRequestError(
    `netrc(): line ${entries} of ${place.path} lacks a value, or its quote does not end`,
  );
}

/** The text of a file that is its owner's alone; `undefined`: there is none. */
async function readPrivately(path: string): Promise<string | undefined> {
  if (path === devNull) return '';
  let file;
  try {
    file = await open(path, reading);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = await file.stat();
    const { mode, uid, size } = stats;
    if (!stats.isFile()) throw new InvalidRequestError(`netrc(): ${path} is no file`);
    // As ssh does with a key: a file of somebody else's is for them to protect.
    if (uid === process.getuid?.() && (mode & others) !== 0)
      throw new InvalidRequestError(
        `netrc(): others can read ${path} (mode ${(mode & 0o777).toString(8)}), which holds ` +
          `passwords: chmod 600 ${path}`,
      );
    if (size > largestFile)
      throw new InvalidRequestError(`netrc(): ${path} is larger than ${largestFile} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
