/**
 * Runs one part of `npm run soak`. Arguments: its name, the share of the whole, the server's
 * origin. It writes what it has measured, as JSON.
 */
import { blocked, chunks, idleResets } from '../../soak/faults.ts';
import { aborts, calls, inFlight, unread } from '../../soak/load.ts';
import { leftovers, type Part } from '../../soak/measure.ts';
import { pace } from '../../soak/pace.ts';

const parts: Record<string, Part> = {
  calls,
  'in-flight': inFlight,
  unread,
  aborts,
  'idle-resets': idleResets,
  chunks,
  blocked,
  pace,
};

const [name = '', scale = '', origin = ''] = process.argv.slice(2);
const rows = await parts[name]?.({ scale: Number(scale), origin });
console.log(JSON.stringify([...(rows ?? []), ...(await leftovers(origin))]));
