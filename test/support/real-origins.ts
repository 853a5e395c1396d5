/**
 * Real HTTP servers on a free port of 127.0.0.1.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
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
