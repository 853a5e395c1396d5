/**
 * A file on its way to its name: written beside it, and moved there when it is whole and on the
 * disk.
 */
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
import { ifMissing, moveFile, syncFolder } from '../files/fs.ts';
import type { FileVersion } from './file-version.ts';
import { partPath, partPrefix, temporaryPath } from './part-names.ts';

/** Permissions of a new file, from which the process's umask takes. */
const defaultMode = 0o666;
const ownerMayReadAndWrite = 0o600;
const permissionBits = 0o777;
/** Windows has no such flag, whatever the type says. */
const noFollow = constants.O_NOFOLLOW ?? 0;

interface OpenPart {
  readonly handle: FileHandle;
  /** Bytes that are there already. */
  readonly size: number;
}

interface PartFileState extends OpenPart {
  readonly path: string;
  readonly destination: string;
  /** The permissions of the file whose place it takes. */
  readonly mode: number | undefined;
  /** It stays for the next time when it is closed. */
  readonly isKept: boolean;
}

/**
 * The part of a version has a name that follows from its destination and its version. So another
 * process finds it, and takes it for no other; and several savers may write to it at once, as they
 * write the same bytes to the same offsets. Without a version its name is random, and it ends with
 * its use.
 */
export class PartFile {
  /** Bytes that are there already. */
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #destination: string;
  readonly #mode: number | undefined;
  #path: string;
  #isKept: boolean;

  private constructor({ handle, size, path, destination, mode, isKept }: PartFileState) {
    this.size = size;
    this.#handle = handle;
    this.#destination = destination;
    this.#mode = mode;
    this.#path = path;
    this.#isKept = isKept;
  }

  /** Refuses a destination that is no file, and throws the file system's errors as they are. */
  static async open(destination: string, version: FileVersion | undefined): Promise<PartFile> {
    const former = await stat(destination).catch(ifMissing);
    // As root, a device would be replaced.
    if (former && !former.isFile())
      throw new InvalidRequestError(`saveTo() writes a file, and ${destination} is something else`);
    const mode = former && former.mode & permissionBits;
    if (version) {
      const path = partPath(destination, version);
      const part = await openPart(path, version.length, mode);
      if (part) return new PartFile({ ...part, path, destination, mode, isKept: true });
    }
    const path = temporaryPath(destination);
    const handle = await createPart(path, mode);
    return new PartFile({ handle, size: 0, path, destination, mode, isKept: false });
  }

  async write(chunk: Uint8Array, at: number): Promise<void> {
    let done = 0;
    while (done < chunk.length) {
      const { bytesWritten } = await this.#handle.write(
        chunk,
        done,
        chunk.length - done,
        at + done,
      );
      done += bytesWritten;
    }
  }

  /** Gives it its name, over what has that now. */
  async commit(): Promise<void> {
    // What the disk refuses to keep is no part to go on with.
    this.#isKept = false;
    if (this.#mode !== undefined) await this.#handle.chmod(this.#mode);
    await this.#handle.sync();
    this.#path = await this.#takeAway();
    await moveFile(this.#path, this.#destination);
    await syncFolder(dirname(this.#destination));
  }

  /**
   * Its path under a name that no other saver knows. Another may have moved this very file, and a
   * third have begun a new one under its name.
   */
  async #takeAway(): Promise<string> {
    const own = temporaryPath(this.#destination);
    if (await this.#isAt(this.#path)) await rename(this.#path, own).catch(ifMissing);
    if (await this.#isAt(own)) return own;
    // One that was begun in this moment is given back.
    await rename(own, this.#path).catch(ifMissing);
    this.#path = own;
    await this.#copyTo(own);
    return own;
  }

  /** Whatever became of its name, its bytes are all here. */
  async #copyTo(path: string): Promise<void> {
    await writeFile(path, this.#handle.createReadStream({ start: 0, autoClose: false }), {
      flag: 'wx',
      mode: this.#mode ?? defaultMode,
      flush: true,
    });
  }

  /** Keeps the part of a version for the next time, and removes any other. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (!this.#isKept) await rm(this.#path, { force: true });
  }

  async #isAt(path: string): Promise<boolean> {
    const there = await lstat(path, { bigint: true }).catch(ifMissing);
    const { dev, ino } = await this.#handle.stat({ bigint: true });
    return there?.ino === ino && there.dev === dev;
  }
}

/** Removes the parts of a destination but that of one version. Nobody fails by them. */
export async function removeOtherParts(
  destination: string,
  version: FileVersion | undefined,
): Promise<void> {
  const folder = dirname(destination);
  const kept = version && basename(partPath(destination, version));
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const isOtherPart = name.startsWith(partPrefix(destination)) && name !== kept;
    if (isOtherPart) await rm(join(folder, name), { force: true }).catch(() => {});
  }
}

/**
 * Whoever may not read the former file must not read this one; the next process must be able to go
 * on with it. What is there already is an error.
 */
async function createPart(path: string, formerMode: number | undefined): Promise<FileHandle> {
  const mode = formerMode === undefined ? defaultMode : formerMode | ownerMayReadAndWrite;
  return open(path, 'wx+', mode);
}

/** Others may put something there again and again. */
const mostTries = 10;

/**
 * The part under this name, begun before or new. What is not ours is never followed or written to,
 * but removed; `undefined` where it cannot be, as in a folder that others may write to.
 */
async function openPart(
  path: string,
  maxLength: number,
  formerMode: number | undefined,
): Promise<OpenPart | undefined> {
  for (let tries = 0; tries < mostTries; tries++) {
    const created = await createPart(path, formerMode).catch(ifExists);
    if (created) return { handle: created, size: 0 };
    const there = await lstat(path).catch(ifMissing);
    // Another saver has just given it its name: there is none now.
    if (!there) continue;
    if (isOurs(there) && there.size <= maxLength) {
      const begun = await openBegun(path, there);
      if (begun) return begun;
    } else await rm(path, { force: true }).catch(() => {});
  }
  return undefined;
}

/** The file that was seen, unless it is another by now. */
async function openBegun(path: string, seen: Stats): Promise<OpenPart | undefined> {
  const handle = await open(path, constants.O_RDWR | noFollow).catch(() => undefined);
  const found = await handle?.stat();
  if (handle && found?.ino === seen.ino) return { handle, size: found.size };
  await handle?.close();
  return undefined;
}

/** A plain file that nobody else owns, nor has by another name. */
function isOurs(file: Stats): boolean {
  // Windows knows no owners.
  const user = process.geteuid?.() ?? file.uid;
  return file.isFile() && file.nlink === 1 && file.uid === user;
}

function ifExists(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}
