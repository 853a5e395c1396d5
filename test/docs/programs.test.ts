/**
 * The samples of docs/ssr.md, docs/state.md, docs/testing.md and docs/recipes/mtls.md that need
 * more than the server of the others: each is a program of its own.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { must } from '../package/consumer.ts';
import { authority, identities } from '../support/certificates.ts';
import { describeWith } from '../support/describe-with.ts';
import { startRedis } from '../support/redis.ts';
import { exampleServer } from './example-server.ts';
import { nodeRunner } from './run-in-node.ts';
import { root, type Sample, samplesOf, textOf } from './samples.ts';

/** The sample of a page that has a text in it. */
function sampleWith(page: string, text: string): Sample {
  const sample = samplesOf(page, textOf(page)).find(({ code }) => code.includes(text));
  if (!sample) throw new Error(`${page} has no sample with ${text}`);
  return sample;
}

describeWith(['redis'], 'sessions in Redis', () => {
  it.each(['state.md', 'ssr.md'])('are kept by the sample of %s', async (page) => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const server = await exampleServer();
    onTestFinished(() => server.close());
    const sample = sampleWith(page, 'redis://localhost:6379');
    const code = sample.code.replace('redis://localhost:6379', redis.url);
    await using node = await nodeRunner(server.origin);
    expect(await node.run([{ ...sample, code }])).toEqual([sample.printed]);
  });
});

/** Runs a sample in a folder of its own, and returns what it has printed. */
async function run(code: string, folder: string): Promise<string> {
  const script = await transform(code, { loader: 'ts', format: 'esm', target: 'node20.19' });
  await writeFile(join(folder, 'sample.mjs'), script.code);
  return must(process.execPath, ['sample.mjs'], folder);
}

/** Inside the package, so that its name is found. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(root, '.samples-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('a transport keeps the contract, by the sample of docs/testing.md', async () => {
  const { code } = sampleWith('testing.md', 'conformance(');
  const printed = await run(code, await temporaryFolder());
  expect(printed).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(printed)?.[1])).toBeGreaterThan(10);
});

it('a server sees both certificates of the sample of docs/recipes/mtls.md', async () => {
  const { good } = identities;
  const server = createServer(
    { ...good, ca: authority, requestCert: true },
    (request, response) => {
      response.end(JSON.stringify((request.socket as TLSSocket).authorized));
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const folder = await temporaryFolder();
  const files = { 'ca.pem': authority, 'client.pem': good.cert, 'client.key': good.key };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const identity = ['-in', 'client.pem', '-inkey', 'client.key', '-out', 'client.p12'];
  await must('openssl', ['pkcs12', '-export', ...identity, '-passout', 'pass:secret'], folder);
  const { code } = sampleWith('recipes/mtls.md', 'client.p12');
  const printed = await run(code.replace('internal.example.com', `127.0.0.1:${port}`), folder);
  expect(printed).toBe('true\ntrue\n');
});
