import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { node24 } from '../support/node24.mjs';
import { root, run } from './consumer.ts';

const server = createServer((_, response) => response.end('real'));
let origin: string;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close().closeAllConnections());

test.each([
  ['MSW 2', 'msw', 'msw', process.execPath],
  ['MSW 3', 'msw', 'msw3', node24()],
  ['nock 14', 'nock', 'nock', process.execPath],
  ['nock 15', 'nock', 'nock15', node24()],
])('%s answers every session, until it is told not to', async (_, program, name, node) => {
  const file = join(root, 'test/package/mocks/run.mjs');
  const { code, stdout, stderr } = await run(node, [file, program, name, origin], root);
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('ok\n');
});
