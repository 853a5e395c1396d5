import { fetchTransport as fetchTransportOf } from '../../transports/edge-fetch.ts';
import type { FetchTransportOptions } from '../../transports/fetch.ts';
import { refuseConnection } from '../../transports/refuse-connection.ts';
import type { Transport } from '../../types/transport.ts';

/** Over any WHATWG `fetch`. Node's own knows nothing of the session's proxy and TLS settings. */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  const transport = fetchTransportOf(options);
  if (options.fetch) return transport;
  return {
    ...transport,
    send(request) {
      refuseConnection(request.init, "Node's fetch");
      return transport.send(request);
    },
  };
}
