/**
 * Saves a URL to a file and tells the most memory that it took, in MiB, or the code of what it
 * failed by. With a number of bytes, it ends itself by a signal when so many have come.
 */
import { Session } from 'isosession';
import { saveTo } from 'isosession/node';

const [url = '', path = '', how = '', killAt = 'Infinity', signal = 'SIGKILL'] =
  process.argv.slice(2);
const session = new Session({
  onDownloadProgress: ({ transferredBytes }) =>
    void (transferredBytes >= Number(killAt) && process.kill(process.pid, signal)),
});
try {
  await saveTo(await session.get(url), path, { resume: how === 'resume' });
  console.log(process.resourceUsage().maxRSS / 1024);
} catch (error) {
  console.log((error as { code?: unknown }).code);
}
await session.close();
