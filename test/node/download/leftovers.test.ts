import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveTo } from 'isosession/node';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { describeWriter } from '../../../src/node/download/writer.ts';
import { runProgram } from '../../support/child.ts';
import { open } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';
import { expectFile, temporaryFile } from './downloads.ts';
import { etag, responseHead } from './file-server.ts';

const linuxTest = test.skipIf(process.platform !== 'linux');
const okServer = () => rawServer(always(answer('ok')));

/** The name of a temporary file. */
const nameOf = (writer: string) => `.isosession-${writer}-${crypto.randomUUID()}.part`;

/** What tells this process. */
function self(): { machine: string; pid: string; start: string } {
  const [machine = '', pid = '', start = ''] = describeWriter().split('-');
  return { machine, pid, start };
}

/** When a process was started, by proc(5). */
function startOf(pid: number): string {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return fields[19] ?? '';
}

/** A number that no process has. */
async function freePid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  return child.pid as number;
}

/** A folder with files of these names, a save to it, and what is there afterwards. */
async function saveAmong(names: readonly string[]): Promise<string[]> {
  const place = temporaryFile();
  for (const name of names) writeFileSync(join(place.folder, name), 'left');
  const server = await okServer();
  await saveTo(await open().get(server.origin), place.path);
  return place.names().filter((name) => name !== 'file.bin');
}

describe('F37: what a process that was ended has left', () => {
  test.each(['SIGKILL', 'SIGINT'])('by %s, a later save removes', async (signal) => {
    const { path, names } = temporaryFile();
    // More than is taken off the wire before somebody reads.
    const begin = responseHead('200 OK', 10_000_000) + '.'.repeat(3_000_000);
    const server = await rawServer(always(begin));
    const args = [server.origin, path, 'whole', '2000000', signal];
    expect((await runProgram('download', args)).signal).toBe(signal);
    expect(names()).toEqual([expect.stringMatching(/^\.isosession-.*\.part$/)]);
    await saveTo(await open().get((await okServer()).origin), path);
    expect(names()).toEqual(['file.bin']);
  });

  test('is removed by a save that resumes, too, and by one to another file', async () => {
    const { machine } = self();
    const left = nameOf(`${machine}-${await freePid()}-1`);
    expect(await saveAmong([left, nameOf(`${machine}-${await freePid()}-`)])).toEqual([]);
    const place = temporaryFile();
    writeFileSync(join(place.folder, left), 'left');
    const server = await rawServer(always(answer('ok', `HTTP/1.1 200 OK\r\n${etag}\r\n`)));
    await saveTo(await open().get(server.origin), place.path, { resume: true });
    expect(place.names()).toEqual(['file.bin']);
  });

  linuxTest('is known where its number is that of another process by now', async () => {
    const { machine } = self();
    expect(await saveAmong([nameOf(`${machine}-${process.ppid}-1`)])).toEqual([]);
  });

  linuxTest('is known where nobody has asked yet how it ended', async () => {
    const { machine } = self();
    // The child ends with its input, when its parent is no shell any more, which might ask.
    const script = 'exec 3<&0; cat <&3 & echo $!; exec sleep 60';
    const parent = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    onTestFinished(() => void parent.kill());
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(text);
    const start = startOf(zombie);
    while (readFileSync(`/proc/${parent.pid}/comm`, 'latin1') !== 'sleep\n')
      await new Promise(setImmediate);
    parent.stdin.end();
    while (!readFileSync(`/proc/${zombie}/stat`, 'latin1').includes(') Z '))
      await new Promise(setImmediate);
    expect(await saveAmong([nameOf(`${machine}-${zombie}-${start}`)])).toEqual([]);
  });
});

describe('nothing is removed', () => {
  test('of this process, while it saves two files in one folder', async () => {
    const place = temporaryFile();
    const server = await rawServer(always(responseHead('200 OK', 10)));
    const started = [1, 2].map(async (n) =>
      saveTo(await open().get(server.origin), join(place.folder, `${n}.bin`)),
    );
    while (place.names().length < 2) await new Promise(setImmediate);
    const parts = place.names();
    await saveTo(await open().get((await okServer()).origin), place.path);
    expect(place.names()).toEqual([...parts, 'file.bin'].sort());
    for (const peer of server.peers) await peer.write('0123456789');
    await Promise.all(started);
    expectFile(join(place.folder, '2.bin'), Buffer.from('0123456789'));
    expect(place.names()).toEqual(['1.bin', '2.bin', 'file.bin']);
  });

  linuxTest('of another process that runs', async () => {
    const { machine } = self();
    const names = [
      nameOf(`${machine}-${process.ppid}-${startOf(process.ppid)}`),
      nameOf(`${machine}-${process.ppid}-`),
      nameOf(`${machine}-1-${startOf(1)}`),
    ];
    expect(await saveAmong(names)).toEqual(names.sort());
  });

  test('of another machine, or that is not ours', async () => {
    const { machine } = self();
    const other = machine.replace(/./g, (digit) => (15 - parseInt(digit, 16)).toString(16));
    const pid = await freePid();
    const names = [
      nameOf(`${other}-${pid}-1`),
      `.isosession-${crypto.randomUUID()}.part`,
      `.isosession-${machine}-${pid}-1.part`,
      `x.isosession-${machine}-${pid}-1-${crypto.randomUUID()}.part`,
      `.isosession-${machine}-${pid}-1-${crypto.randomUUID()}.part.txt`,
      nameOf(`${machine}-${pid}`),
    ];
    expect(await saveAmong(names)).toEqual(names.sort());
  });

  test('that cannot be, and the save succeeds', async () => {
    const place = temporaryFile();
    const name = nameOf(`${self().machine}-${await freePid()}-1`);
    mkdirSync(join(place.folder, name));
    await saveTo(await open().get((await okServer()).origin), place.path);
    expect(place.names()).toEqual([name, 'file.bin']);
  });
});

test('a folder of many files is looked through once a minute', async () => {
  const place = temporaryFile();
  for (let n = 0; n <= 1000; n++) writeFileSync(join(place.folder, `${n}.txt`), '');
  const server = await okServer();
  const session = open();
  const left = join(place.folder, nameOf(`${self().machine}-${await freePid()}-1`));
  const isThereAfterSave = async () => {
    writeFileSync(left, 'left');
    await saveTo(await session.get(server.origin), place.path);
    return place.names().includes(left.slice(place.folder.length + 1));
  };
  expect(await isThereAfterSave()).toBe(false);
  expect(await isThereAfterSave()).toBe(true);
  const { now } = performance;
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_000);
  expect(await isThereAfterSave()).toBe(false);
});

describe('the name of a temporary file', () => {
  const describeOn = async (platform: string) => {
    vi.resetModules();
    const real = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    Object.defineProperty(process, 'platform', { ...real, value: platform });
    onTestFinished(() => void Object.defineProperty(process, 'platform', real));
    return import('../../../src/node/download/writer.ts');
  };

  test.each(['darwin', 'win32'])('tells the writer on %s', async (platform) => {
    const { describeWriter, isGone } = await describeOn(platform);
    expect(describeWriter()).toMatch(new RegExp(`^[\\da-f]{16}-${process.pid}-\\d*$`));
    expect(isGone(describeWriter())).toBe(false);
    expect(isGone(describeWriter().replace(/-\d+-/, `-${await freePid()}-`))).toBe(true);
  });

  test('tells none where machines could not be told apart', async () => {
    const writer = describeWriter();
    const { describeWriter: describe, isGone } = await describeOn('aix');
    expect([describe(), isGone(writer)]).toEqual(['', false]);
  });
});
