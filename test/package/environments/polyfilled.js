/** The polyfill of cross-fetch gives Jest's jsdom no streams: who lacks them is told so. */
import 'cross-fetch/polyfill';
import { Session } from 'isosession';
import { crossFetchTransport } from 'isosession/cross-fetch';

test('a host without streams is told what to do', async () => {
  const session = new Session({ transport: crossFetchTransport(), retry: 0 });
  await expect(session.get('http://127.0.0.1:1/')).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: expect.stringContaining('jest-fixed-jsdom'),
  });
});
