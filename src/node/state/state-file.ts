/** The file of one session: its form, and how it is read and written. */
import { createHash, randomUUID } from 'node:crypto';
import { constants, type FileHandle, open, rm } from 'node:fs/promises';
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
  const { uid, mode, size, ...file } = await handle.stat().then((stats) => ({
    uid: stats.uid,
    mode: stats.mode,
    size: stats.size,
    isFile: stats.isFile(),
  }));
  if (!file.isFile) throw refused(path, 'is no file');
  // Windows knows neither owners nor such permissions.
  const user = process.geteuid?.();
  if (user !== undefined) {
    if (uid !== user) throw refused(path, 'belongs to another user');
    if (mode & othersMayWrite) throw refused(path, 'can be written by other users: chmod 600');
    if (mode & othersMayDoAnything) await handle.chmod(0o600);
  }
  if (size > maxBytes) throw damaged(path, 'it is larger than 64 MiB');
  return handle.readFile('utf8');
}

/**
 * Puts a new file in the place of what is there: whole, on the disk, and this user's alone.
 *
 * @param mayReplace asked when all is written: false leaves what is there
 * @returns whether it was replaced
 */
export async function writeStateFile(
  path: string,
  content: FileContent,
  mayReplace: () => Promise<boolean>,
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
    if (!(await mayReplace())) return false;
    await moveFile(temporary, path);
  } finally {
    // After its move there is nothing under the name.
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
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
