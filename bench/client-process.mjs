/**
 * One client in a process of its own, driven by its parent: `node client-process.mjs <client>
 * <origin> <network>`; `clients.mjs` says what a network is, given in JSON.
 *
 * It logs in and says what it is; then it answers each message: `{ calls: { concurrency, duration }
 * }`, `{ download: bytes }` and `{ upload: bytes }` with a measurement, `{ verify: true }` with the
 * cookies that the server gets.
 */
import { clients as own } from './clients.mjs';
import { measureCalls } from './measure-calls.mjs';
import { measureDownload, measureUpload } from './measure-stream.mjs';

const [name, origin, network] = process.argv.slice(2);

/**
 * The peers are loaded only for a client of theirs: what they bring along must not weigh on the
 * others.
 */
const { clients } = name in own ? { clients: own } : await import('./peers/clients.mjs');
if (!(name in clients)) throw new Error(`There is no client named ${name}`);
const client = await clients[name].create(origin, JSON.parse(network));

/** The `cookie` header that the server gets from this client. */
async function whoami() {
  return (await client.get(`${origin}/whoami`)).cookie;
}

async function answer({ calls, download, upload }) {
  if (calls) return measureCalls(client, origin, calls);
  if (download) return measureDownload(client, `${origin}/download/${download}`, download);
  if (upload) return measureUpload(client, `${origin}/upload`, upload);
  return whoami();
}

process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  void answer(message).then((result) => process.send(result));
});

await client.login?.();
process.send({
  jar: client.login !== undefined,
  cookie: await whoami(),
  runtime: `Node ${process.versions.node}`,
});
