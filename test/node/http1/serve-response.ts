import { open } from '../../support/contract.ts';
import { rawServer } from '../../support/raw-server.ts';

/**
 * A session against a server that answers each request with these bytes and then, if asked, ends
 * the connection.
 */
export async function serveResponse(response: string, end: 'keep' | 'fin' | 'rst' = 'keep') {
  const server = await rawServer(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      await peer.write(response);
      if (end === 'fin') return peer.fin();
      if (end === 'rst') return peer.rst();
    }
  });
  return { server, session: open({ retry: 0, baseUrl: server.origin, timeout: { total: 3000 } }) };
}
