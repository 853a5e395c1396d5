/**
 * Real proxies on a free port of 127.0.0.1. They serve whoever asks from this machine, for any
 * target, and resolve names themselves.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Identity } from './certificates.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { requireProgram } from './real-servers.mjs';

/** What a proxy demands. */
export interface Login {
  username: string;
  password: string;
}

/** A running proxy. */
export interface Proxy extends Daemon {
  /** Without credentials, which are the test's to add. */
  readonly url: string;
}

/**
 * Starts squid, to which `good.test` is this machine. It logs a tunnel when that has ended. With an
 * identity it speaks TLS.
 */
export async function startSquid({
  auth,
  identity,
}: { auth?: Login; identity?: Identity } = {}): Promise<Proxy> {
  const daemon = await startDaemon(({ port, folder, log }) => {
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const listen = identity
      ? [
          `https_port 127.0.0.1:${port}`,
          `tls-cert=${file('cert.pem', identity.cert)}`,
          `tls-key=${file('key.pem', identity.key)}`,
        ].join(' ')
      : `http_port 127.0.0.1:${port}`;
    const hash =
      auth &&
      execFileSync(requireProgram('openssl'), ['passwd', '-apr1', '-stdin'], {
        input: auth.password,
        encoding: 'utf8',
      });
    const users = auth && file('users', `${auth.username}:${hash}`);
    const configuration = file(
      'squid.conf',
      [
        listen,
        ...(users
          ? [
              `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${users}`,
              'auth_param basic children 1 startup=1',
              'auth_param basic casesensitive on',
              'acl known proxy_auth REQUIRED',
            ]
          : []),
        `http_access allow ${auth ? 'known' : 'all'}`,
        `access_log stdio:${log}`,
        `cache_log ${log}`,
        'cache deny all',
        'cache_mem 0',
        'coredump_dir none',
        'pid_filename none',
        'pinger_enable off',
        `hosts_file ${file('hosts', '127.0.0.1 localhost good.test\n')}`,
        'visible_hostname squid.test',
        '',
      ].join('\n'),
    );
    return [requireProgram('squid'), '-N', '-n', serviceOf(folder), '-f', configuration];
  });
  // Shared memory that a single process shares with nobody, and that it would leave behind.
  for (const name of readdirSync('/dev/shm'))
    if (name.startsWith(`${serviceOf(daemon.folder)}-`)) rmSync(join('/dev/shm', name));
  return { ...daemon, url: `${identity ? 'https' : 'http'}://127.0.0.1:${daemon.port}` };
}

/** Starts tinyproxy. */
export async function startTinyproxy(): Promise<Proxy> {
  const daemon = await startDaemon(({ port, folder }) => {
    const configuration = join(folder, 'tinyproxy.conf');
    writeFileSync(
      configuration,
      `Port ${port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 200\nLogLevel Connect\n`,
    );
    return [requireProgram('tinyproxy'), '-d', '-c', configuration];
  });
  return { ...daemon, url: `http://127.0.0.1:${daemon.port}` };
}

/**
 * Starts microsocks, which speaks SOCKS5. It logs each target as it was asked for: by name or by
 * address.
 */
export async function startSocks({ auth }: { auth?: Login } = {}): Promise<Proxy> {
  const daemon = await startDaemon(({ port }) => [
    requireProgram('microsocks'),
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    ...(auth ? ['-u', auth.username, '-P', auth.password] : []),
  ]);
  return { ...daemon, url: `socks5://127.0.0.1:${daemon.port}` };
}

/** Letters and digits only: squid's rule. */
function serviceOf(folder: string): string {
  return basename(folder).replace(/\W/g, '');
}
