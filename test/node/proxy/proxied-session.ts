/**
 * What the tests of calls through proxies share: credentials, certificates, sessions and an origin.
 *
 * @module
 */
import type { SessionOptions } from 'isosession';
import { makeAuthority } from '../../support/authority.ts';
import { open } from '../../support/contract.ts';
import { always, answer, rawServer } from '../../support/raw-server.ts';

/** The credentials that a proxy asks for. */
export const login = { username: 'ann', password: 'p@ss:w/rd' };

/** They as a URL has them. */
export const userinfo = `${login.username}:${encodeURIComponent(login.password)}`;

/** They as they are sent. */
export const basic = `Basic ${btoa(`${login.username}:${login.password}`)}`;

/** Signs the servers of these tests. */
export const authority = makeAuthority();

/** The URL of a proxy, with credentials if they are told. */
export const proxyUrl = (server: { port: number }, credentials = '', scheme = 'http'): string =>
  `${scheme}://${credentials && `${credentials}@`}127.0.0.1:${server.port}`;

/** A session through a proxy that trusts the tests' authority, without retries. */
export const openThrough = (proxy: SessionOptions['proxy'], options: SessionOptions = {}) =>
  open({ proxy, tls: { ca: authority.ca }, retry: 0, trustEnv: false, ...options });

/** An origin that answers with `ok` and sets a cookie. */
export const okServer = () =>
  rawServer(always(answer('ok', 'HTTP/1.1 200 OK\r\nset-cookie: seen=1\r\n')));
