import { isManaged, ownTransport } from '../call/pipeline.ts';
import type { SessionState } from '../model.ts';
import type { Capabilities } from '../types/transport.ts';

/** What a transport can do of which nothing is said. */
const unknown = {
  proxy: false,
  tls: false,
  decompress: false,
  uploadStreams: false,
  uploadProgress: false,
  timings: false,
};

export function capabilitiesOf(state: SessionState): Capabilities {
  const transport = ownTransport(state);
  const redirects = !isManaged(transport);
  const jar = redirects && state.platform.cookieLayer !== undefined;
  return Object.freeze({ redirects, jar, ...unknown, ...transport.capabilities });
}
