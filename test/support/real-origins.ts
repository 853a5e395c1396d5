/**
 * Real HTTP servers on a free port of 127.0.0.1.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Identity } from './certificates.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import { requireProgram } from './real-servers.mjs';

/** A running server. */
export interface Origin extends Daemon {
  readonly origin: string;
}

/** What nginx is to do. */
export interface NginxOptions {
  /** Its certificate; without one it speaks plain HTTP. */
  identity?: Identity;
  /** Asks clients for a certificate of this authority, in PEM. */
  clientCa?: string;
  /** Whether it also serves a client that has none. Default `false`: such a one gets a 400. */
  optional?: boolean;
  /** Offers `h2` beside `http/1.1`. */
  http2?: boolean;
  /**
   * Served by their names, with `etag`, `last-modified` and ranges. Text (`*.txt`) is sent gzipped
   * to who accepts it.
   */
  files?: Record<string, string | Uint8Array>;
}

/** What nginx answers at `/about`, and logs of each request, one JSON a line. */
export interface NginxAbout {
  /** The number of the connection: what tells a reuse. */
  connection: number;
  /** The how manyeth request of its connection. */
  requests: number;
  protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2.0';
  request: string;
  /** What the client sent as SNI, or `''`. */
  serverName: string;
  /** The subject of the client's certificate, or `''`. */
  client: string;
  /** `NONE`, `SUCCESS`, or `FAILED:` and why. */
  verified: string;
}

const about =
  '{"connection":$connection,"requests":$connection_requests,"protocol":"$server_protocol",' +
  '"request":"$request_method $request_uri",' +
  '"serverName":"$ssl_server_name","client":"$ssl_client_s_dn","verified":"$ssl_client_verify"}';

/** Starts nginx. */
export async function startNginx({
  identity,
  clientCa,
  optional = false,
  http2 = false,
  files = {},
}: NginxOptions = {}): Promise<Origin> {
  const daemon = await startDaemon(({ port, folder, log }) => {
    const write = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    mkdirSync(join(folder, 'files'));
    for (const [name, content] of Object.entries(files)) write(join('files', name), content);
    const tls = identity
      ? [
          `ssl_certificate ${write('cert.pem', identity.cert)};`,
          `ssl_certificate_key ${write('key.pem', identity.key)};`,
          'ssl_protocols TLSv1.2 TLSv1.3;',
        ]
      : [];
    const clients =
      clientCa === undefined
        ? []
        : [
            `ssl_client_certificate ${write('clients.pem', clientCa)};`,
            `ssl_verify_client ${optional ? 'optional' : 'on'};`,
          ];
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder};`,
    );
    const configuration = write(
      'nginx.conf',
      `
      daemon off; master_process off; pid ${folder}/pid; error_log stderr;
      events { worker_connections 1024; }
      http {
        types { text/plain txt; application/octet-stream bin; }
        default_type application/json; keepalive_timeout 60s;
        gzip on; gzip_types text/plain; gzip_min_length 1;
        ${temporary.join(' ')}
        log_format about escape=json '${about}'; access_log ${log} about;
        server {
          listen 127.0.0.1:${port}${identity ? ' ssl' : ''}${http2 ? ' http2' : ''};
          ${[...tls, ...clients].join(' ')}
          location = /about { return 200 '${about}'; }
          location / { root ${folder}/files; }
        }
      }
    `,
    );
    return [requireProgram('nginx'), '-p', folder, '-e', 'stderr', '-c', configuration];
  });
  return { ...daemon, origin: `${identity ? 'https' : 'http'}://127.0.0.1:${daemon.port}` };
}

/**
 * Starts httpbin, which answers what it was asked (`/get`, `/cookies/set`, `/digest-auth/…`,
 * `/redirect/3`); it keeps connections open.
 */
export async function startHttpbin(): Promise<Origin> {
  const daemon = await startDaemon(({ port }) => [
    requireProgram('gunicorn'),
    '--bind',
    `127.0.0.1:${port}`,
    '--worker-class',
    'gthread',
    '--threads',
    '16',
    '--keep-alive',
    '60',
    '--access-logfile',
    '-',
    'httpbin:app',
  ]);
  return { ...daemon, origin: `http://127.0.0.1:${daemon.port}` };
}

/** What Apache asks for in a folder. */
export interface ApacheDigest {
  readonly realm: string;
  readonly user: string;
  readonly password: string;
  /** Names the folder as the `domain`. */
  readonly domain?: boolean;
  /** How long a nonce is good, in s. */
  readonly lifetime?: number;
}

/** Starts Apache with folders that ask for Digest credentials (`mod_auth_digest`). */
export async function startApache(folders: Record<string, ApacheDigest>): Promise<Origin> {
  const daemon = await startDaemon(({ port, folder, log }) => {
    const modules = '/usr/lib/apache2/modules';
    const names = [
      'mpm_event',
      'auth_digest',
      'authn_core',
      'authn_file',
      'authz_core',
      'authz_user',
      'alias',
    ];
    const places = Object.entries(folders).map(
      ([path, { realm, user, password, domain, lifetime }]) => {
        const secret = createHash('md5').update(`${user}:${realm}:${password}`).digest('hex');
        const users = join(folder, `users-${path}`);
        writeFileSync(users, `${user}:${realm}:${secret}\n`);
        mkdirSync(join(folder, 'www', path, 'deep'), { recursive: true });
        for (const file of ['a', 'b', 'deep/c'])
          writeFileSync(join(folder, 'www', path, file), `${path}/${file}`);
        return `
        <Location /${path}/>
          AuthType Digest
          AuthName "${realm}"
          ${domain ? `AuthDigestDomain /${path}/` : ''}
          ${lifetime === undefined ? '' : `AuthDigestNonceLifetime ${lifetime}`}
          AuthUserFile ${users}
          Require valid-user
        </Location>`;
      },
    );
    const configuration = join(folder, 'apache.conf');
    writeFileSync(
      configuration,
      `
      ${names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
      ServerRoot ${folder}
      PidFile ${folder}/pid
      DefaultRuntimeDir ${folder}
      Mutex posixsem
      ServerName 127.0.0.1
      Listen 127.0.0.1:${port}
      ErrorLog ${log}
      LogFormat "%r %>s"
      TransferLog ${log}
      DocumentRoot ${folder}/www
      Redirect /go /${Object.keys(folders)[0]}/deep/c
      ${places.join('\n')}
      `,
    );
    chmodSync(folder, 0o755);
    return [requireProgram('apache2'), '-X', '-f', configuration];
  });
  return { ...daemon, origin: `http://127.0.0.1:${daemon.port}` };
}
