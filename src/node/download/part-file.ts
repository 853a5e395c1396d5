/**
 * A file on its way to its name: written beside it, and moved there when it is whole and on the
 * disk.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  constants,
  type FileHandle,
  lstat,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InvalidRequestError } from '../../errors/invalid-request-error.ts';
import type { FileVersion } from './file-version.ts';

/** Windows has no such flag. */
const withoutLinks = constants.O_RDWR | ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/**
 * The part of a version has a name that follows from its target and its version. So another process
 * finds it, and takes it for no other; and several savers may write to it at once, as they write
 * the same bytes to the same places. Without a version its name is random, and it ends with its
 * use.
 */
export class PartFile {
  /** Bytes that are there already. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #target: string;
  /** The permissions of the file whose place it takes. */
  readonly #mode: number | undefined;
  #path: string;
  #kept: boolean;

  private constructor(
    handle: FileHandle,
    size: number,
    target: string,
    mode: number | undefined,
    path: string,
    kept: boolean,
  ) {
    this.#handle = handle;
    this.size = size;
    this.#target = target;
    this.#mode = mode;
    this.#path = path;
    this.#kept = kept;
  }

  /** Throws the errors of the file system as they are, and refuses a target that is no file. */
  static async open(target: string, version: FileVersion | undefined): Promise<PartFile> {
    const former = await stat(target).catch(ifMissing);
    // As root, a device would be replaced.
    if (former && !former.isFile())
      throw new InvalidRequestError(`saveTo() writes a file, and ${target} is something else`);
    const mode = former && former.mode & 0o777;
    const path = version ? partName(target, version) : temporaryName(target);
    // Whoever may not read the former file must not read this one; the next process must be able to
    // go on with it.
    const create = async (): Promise<FileHandle> =>
      open(path, 'wx+', mode === undefined ? 0o666 : mode | 0o600);
    const { handle, size } = version
      ? await openPart(path, version.length, create)
      : { handle: await create(), size: 0 };
    return new PartFile(handle, size, target, mode, path, version !== undefined);
  }

  async write(chunk: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < chunk.length;)
      done += (await this.#handle.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
  }

  /** Gives it its name, over what has that now. */
  async commit(): Promise<void> {
    // What the disk refuses to keep is no part to go on with.
    this.#kept = false;
    if (this.#mode !== undefined) await this.#handle.chmod(this.#mode);
    await this.#handle.sync();
    const own = temporaryName(this.#target);
    // Another saver may have moved this very file, and a third have begun a new one under its name.
    if (await this.#isAt(this.#path)) await rename(this.#path, own).catch(ifMissing);
    const isOurs = await this.#isAt(own);
    // One that was begun in this moment is given back.
    if (!isOurs) await rename(own, this.#path).catch(ifMissing);
    this.#path = own;
    // Whatever became of its name, its bytes are all here.
    if (!isOurs)
      await writeFile(own, this.#handle.createReadStream({ start: 0, autoClose: false }), {
        flag: 'wx',
        mode: this.#mode ?? 0o666,
        flush: true,
      });
    await rename(own, this.#target);
    await syncFolder(dirname(this.#target));
  }

  /** Keeps the part of a version for the next time, and removes any other. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (!this.#kept) await rm(this.#path, { force: true });
  }

  async #isAt(path: string): Promise<boolean> {
    const there = await lstat(path, { bigint: true }).catch(ifMissing);
    const { dev, ino } = await this.#handle.stat({ bigint: true });
    return there?.ino === ino && there.dev === dev;
  }
}

/** Removes the parts of a target but that of one version. Nobody fails by them. */
export async function removeOtherParts(
  target: string,
  version: FileVersion | undefined,
): Promise<void> {
  const folder = dirname(target);
  const kept = version && basename(partName(target, version));
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(partPrefix(target)) && name !== kept)
      await rm(join(folder, name), { force: true }).catch(() => {});
}

/**
 * The part under this name, begun before or new. What is not ours is never followed or written to,
 * but removed.
 */
async function openPart(
  path: string,
  length: number,
  create: () => Promise<FileHandle>,
): Promise<{ handle: FileHandle; size: number }> {
  for (;;) {
    try {
      return { handle: await create(), size: 0 };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const there = await lstat(path).catch(ifMissing);
    if (there && isOurs(there) && there.size <= length) {
      const handle = await open(path, withoutLinks).catch(ifMissing);
      const found = await handle?.stat();
      if (handle && found?.ino === there.ino) return { handle, size: found.size };
      await handle?.close();
    } else if (there) await rm(path, { force: true });
    // Else another saver has just given it its name: there is none now.
  }
}

/** A plain file that nobody else owns, nor has by another name. */
function isOurs(file: Stats): boolean {
  return file.isFile() && file.nlink === 1 && file.uid === (process.geteuid?.() ?? file.uid);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * What the names of a target's parts begin with: a hash, as its own name may be as long as names
 * can be.
 */
function partPrefix(target: string): string {
  return `.isosession-${hash(basename(target))}-`;
}

function partName(target: string, { key }: FileVersion): string {
  return join(dirname(target), `${partPrefix(target)}${hash(key)}.part`);
}

function temporaryName(target: string): string {
  return join(dirname(target), `.isosession-${randomUUID()}.part`);
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Brings the new name to the disk. Windows opens no folders, and need not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined);
  try {
    await folder?.sync();
  } finally {
    await folder?.close();
  }
}
