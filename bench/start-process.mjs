/**
 * One start in a process of its own: `node start-process.mjs <client> <url> <against>`. Without a
 * URL it makes no call. At its end it writes, in JSON, what the start has taken and the CPU time of
 * the whole process, in ms.
 */
import { starts as own } from './starts.mjs';

const [name, url, against] = process.argv.slice(2);
const ms = ({ user, system }) => (user + system) / 1000;

const starts = own(against);
const start = starts[name] ?? (await import('./peers/starts.mjs')).starts[name];

const cpu = process.cpuUsage();
const begun = performance.now();
const get = await start();
const taken = { cpu: ms(process.cpuUsage(cpu)), wall: performance.now() - begun };

if (url) await get(url);
process.on('exit', () => {
  console.log(JSON.stringify({ ...taken, whole: ms(process.cpuUsage()) }));
});
