/** Starts a real server and dies without a word to it: the guard of the server has to notice. */
import { writeSync } from 'node:fs';
import { startTinyproxy } from '../../support/real-proxies.ts';

const { port, folder } = await startTinyproxy();
writeSync(1, `${JSON.stringify({ port, folder })}\n`);
process.kill(process.pid, 'SIGKILL');
