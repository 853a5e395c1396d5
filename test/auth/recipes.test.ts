import { createHash, createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import { verifySignature, webcrypto } from 'http-message-sig';
import type { Auth, Middleware, Session } from 'isosession';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { authority, identities } from '../support/certificates.ts';
import { inProcess, open } from '../support/contract.ts';
import { blocksOf } from '../support/snippets.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = blocksOf(await readFile(join(root, 'docs/auth.md'), 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.docs-'));
  await Promise.all(
    blocks.map((code, index) => writeFile(join(folder, `block-${index + 1}.ts`), code)),
  );
  return () => rm(folder, { recursive: true });
});

/** What the block that exports a name makes of it. */
async function recipe<T>(name: string): Promise<T> {
  const index = blocks.findIndex((code) =>
    new RegExp(`export (?:const|.*function) ${name}\\b`).test(code),
  );
  const module = (await import(join(folder, `block-${index + 1}.ts`))) as Record<string, T>;
  return module[name] as T;
}

test('AWS Signature Version 4 covers each hop, as computed from its text', async () => {
  const sigV4 = await recipe<(client: AwsClient) => Middleware>('sigV4');
  const client = new AwsClient({
    accessKeyId: 'AKID',
    secretAccessKey: 'SECRET',
    service: 'execute-api',
    region: 'eu-west-1',
  });
  const transport = inProcess(({ url }) =>
    url.pathname === '/first'
      ? new Response(null, { status: 307, headers: { location: '/second?b=2&a=1' } })
      : new Response(),
  );
  const session = open({ baseUrl: 'https://api.test/', transport }).use(sigV4(client), {
    around: 'hop',
  });
  expect((await session.post('first', { json: { a: 'ä' } })).status).toBe(200);
  const hmac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest();
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  expect(transport.seen).toHaveLength(2);
  for (const { url, headers } of transport.seen) {
    const date = headers.get('x-amz-date') ?? '';
    const [, scope = '', names = '', signature] =
      /Credential=AKID\/(.*?), SignedHeaders=(.*?), Signature=(.*)/.exec(
        headers.get('authorization') ?? '',
      ) ?? [];
    const sent = new Map([...headers, ['host', url.host]]);
    const canonical = [
      'POST',
      url.pathname,
      [...url.searchParams]
        .map((pair) => pair.join('='))
        .sort()
        .join('&'),
      ...names.split(';').map((name) => `${name}:${sent.get(name)}`),
      '',
      names,
      headers.get('x-amz-content-sha256') ?? sha256('{"a":"ä"}'),
    ].join('\n');
    const key = scope.split('/').reduce<string | Buffer>(hmac, 'AWS4SECRET') as Buffer;
    const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    expect(signature).toBe(hmac(key, text).toString('hex'));
  }
});

test('an HTTP message signature is verified for each hop', async () => {
  const messageSignature =
    await recipe<(key: CryptoKey, id: string) => Middleware>('messageSignature');
  const { privateKey, publicKey } = (await crypto.subtle.generateKey('Ed25519', false, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const transport = inProcess(({ url }) =>
    url.pathname === '/first'
      ? new Response(null, { status: 302, headers: { location: '/second?x=1' } })
      : new Response(),
  );
  const session = open({ baseUrl: 'https://api.test/', transport });
  session.use(messageSignature(privateKey, 'key-1'), { around: 'hop' });
  await session.get('first');
  expect(transport.seen).toHaveLength(2);
  for (const { url, method, headers } of transport.seen) {
    const verified = await verifySignature(new Request(url, { method, headers }), {
      policy: {
        algorithms: ['ed25519'],
        requiredComponents: ['@method', '@authority', '@path'],
        requiredParameters: ['created', 'keyid'],
        maxAge: 300,
        clockSkew: 5,
      },
      resolveVerifier: () => webcrypto.verifier(publicKey),
    });
    expect(verified.label).toBe('sig1');
  }
});

test('a client certificate is asked for and given', async () => {
  const withCertificate =
    await recipe<(baseUrl: string, folder: string) => Promise<Session>>('withCertificate');
  const { good } = identities;
  await writeFile(join(folder, 'ca.pem'), authority);
  await writeFile(join(folder, 'cert.pem'), good.cert);
  await writeFile(join(folder, 'key.pem'), good.key);
  const server = createServer(
    { ...good, ca: authority, requestCert: true },
    (request, response) => {
      response.end(String((request.socket as TLSSocket).authorized));
    },
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const session = await withCertificate(`https://127.0.0.1:${port}/`, folder);
  expect(await session.get('').text()).toBe('true');
  await session.destroy();
});

test('a token is read from its file for each call', async () => {
  const bearerFrom = await recipe<(path: string) => Auth>('bearerFrom');
  const path = join(folder, 'token');
  const transport = inProcess(() => new Response());
  const session = open({ baseUrl: 'https://api.test/', transport, auth: bearerFrom(path) });
  for (const token of ['one', 'two']) {
    await writeFile(path, `${token}\n`);
    await session.get('x');
  }
  expect(transport.seen.map(({ headers }) => headers.get('authorization'))).toEqual([
    'Bearer one',
    'Bearer two',
  ]);
});
