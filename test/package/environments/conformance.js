/** The contract of transports, by the `test` of the runner around it. */
import { fetchTransport } from 'isosession';
import { conformance, conformanceServer } from 'isosession/testing';

let server;
beforeAll(async () => {
  server = await conformanceServer();
});
afterAll(() => server.close());

conformance(() => fetchTransport(), { test, origin: () => server.origin });
