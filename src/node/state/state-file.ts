/** The file of one session: its form, and how it is read and written. */
import { createHash, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { constants, type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreError } from '../../store/base/store-error.ts';
import { ifMissing, moveFile, syncFolder } from '../files/fs.ts';

/** What a file holds. */
export interface FileContent {
  readonly version: string;
  readonly data: string;
  /** Of the last lock under which it was saved. */
  readonly fence: number;
  /** In ms since 1970; `null` for no end. */
  readonly expires: number | null;
}

const form = 'isosession-session';
const formVersion = '1';
/** More than a full jar. */
const maxBytes = 64 * 1024 * 1024;
const othersMayWrite = 0o022;
const othersMayDoAnything = 0o077;
/** Neither through a link nor until somebody writes to a pipe. Windows has no such flags. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Refuses a folder in which others may put one session in the place of another. */
export async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(ifMissing);
  if (found) checkOwner(path, found, '700');
}

/** What is in a file; `undefined` where there is none. */
export async function readStateFile(path: string): Promise<FileContent | undefined> {
  const handle = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') throw refused(path, 'is a symbolic link');
    return ifMissing(error);
  });
  if (!handle) return undefined;
  try {
    return parse(path, await readOwn(path, handle));
  } finally {
    await handle.close();
  }
}

/** The text of a file that is this user's own, and that nobody else may change. */
async function readOwn(path: string, handle: FileHandle): Promise<string> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw refused(path, 'is no file');
  if (checkOwner(path, stats, '600') && stats.mode & othersMayDoAnything) await handle.chmod(0o600);
  if (stats.size > maxBytes) throw damaged(path, 'it is larger than 64 MiB');
  return handle.readFile('utf8');
}

/**
 * Refuses what others own or may write.
 *
 * @returns false on Windows, which knows neither owners nor such permissions
 */
function checkOwner(path: string, { uid, mode }: Stats, wanted: string): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return false;
  if (uid !== user) throw refused(path, 'belongs to another user');
  if (mode & othersMayWrite) throw refused(path, `can be written by other users: chmod ${wanted}`);
  return true;
}

/**
 * Puts a new file in the place of what is there: whole, on the disk, and this user's alone.
 *
 * @param isHeld whether nobody else may do so meanwhile: asked when all is written, as false leaves
 * what is there, and after the move, as that is no one step with asking
 * @returns whether it was replaced by nobody else
 */
export async function writeStateFile(
  path: string,
  content: FileContent,
  isHeld: () => Promise<boolean>,
): Promise<boolean> {
  const text = format(content);
  if (Buffer.byteLength(text) > maxBytes)
    throw new StoreError('size', `${path} would be larger than 64 MiB: it is left as it is`);
  const temporary = `${path}.${randomUUID()}${temporarySuffix}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await isHeld())) return false;
    await moveFile(temporary, path);
  } finally {
    // After its move there is nothing under the name.
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return isHeld();
}

/** What a process that ended while it wrote leaves behind ends with. */
export const temporarySuffix = '.tmp';

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex');

function format(content: FileContent): string {
  const text = JSON.stringify(content);
  return `${form} ${formVersion} ${checksum(text)} ${text}\n`;
}

function parse(path: string, text: string): FileContent {
  const [, version, sum, body = ''] = /^([\w-]+ \d+) ([\da-f]{64}) (.*)\n$/.exec(text) ?? [];
  if (version !== `${form} ${formVersion}`) {
    if (version?.startsWith(`${form} `))
      throw new StoreError('version', `${path} has a form that this version does not know`);
    throw damaged(path, 'it is no file of a session');
  }
  if (checksum(body) !== sum) throw damaged(path, 'its checksum is another one');
  // Whoever has written the checksum has written this.
  return JSON.parse(body) as FileContent;
}

function damaged(path: string, why: string): StoreError {
  return new StoreError('corrupt', `${path} cannot be used, and is left as it is: ${why}`);
}

function refused(path: string, why: string): StoreError {
  return new StoreError('access', `${path} ${why}: it is neither read nor written`);
}
