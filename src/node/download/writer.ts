/** Who writes a file, as its name tells: whether that process is still there. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';

/** A process, among all that may see a folder: other machines and containers may share it. */
interface Writer {
  /** Within which a process has its number alone. */
  readonly machine: string;
  readonly pid: number;
  /** When it was started, as a number is used again; empty where that cannot be told. */
  readonly start: string;
}

/** `machine-pid-start`. */
const writerText = /^([\da-f]{16})-(\d+)-(\d*)$/;

let own: Writer | false | undefined;

/** This process for the name of a file; empty where no other could tell that it has ended. */
export function describeWriter(): string {
  const writer = findOwn();
  return writer ? `${writer.machine}-${writer.pid}-${writer.start}` : '';
}

/** Whether a process has ended for certain: never of another machine's. */
export function isGone(description: string): boolean {
  const [, machine, pid, start] = writerText.exec(description) ?? [];
  const self = findOwn();
  if (!self || machine !== self.machine) return false;
  if (!isRunning(Number(pid))) return true;
  if (start === '') return false;
  const found = readProcess(Number(pid));
  return found !== undefined && (found.isDead || found.start !== start);
}

function findOwn(): Writer | false {
  if (own === undefined) {
    const machine = findMachine();
    const { pid } = process;
    own = machine !== undefined && { machine, pid, start: readProcess(pid)?.start ?? '' };
  }
  return own;
}

/** Where processes of two machines could not be told apart there is none. */
function findMachine(): string | undefined {
  try {
    const text = describeMachine();
    return text && createHash('sha256').update(text).digest('hex').slice(0, 16);
  } catch {
    return undefined;
  }
}

function describeMachine(): string | undefined {
  switch (process.platform) {
    case 'linux': {
      // Containers of one machine may have one name, each with numbers of its own for processes.
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1');
      return boot + readlinkSync('/proc/self/ns/pid');
    }
    case 'darwin':
    case 'win32': {
      const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      const addresses = new Set(interfaces.map(({ mac }) => mac));
      return [hostname(), ...[...addresses].sort()].join();
    }
    default:
      return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks (kill(2)).
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One of another user is there, too.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Of proc(5), which Linux alone has. */
function readProcess(pid: number): { isDead: boolean; start: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Behind the name, which may hold anything: `state` is the third field, `starttime` the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = ''] = fields;
    return { isDead: 'ZX'.includes(state), start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
