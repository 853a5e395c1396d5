/**
 * An app on Express that keeps sessions in a cookie and puts a token against cross-site request
 * forgery into each form, as `csurf` does.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { onTestFinished } from 'vitest';

/** What differs between apps. */
export interface ShopOptions {
  /** How a call without a login is answered. */
  expired?: 'redirect' | 401 | 419;
  /** How a wrong password is answered. */
  refused?: 'page' | 'redirect' | 401 | 422;
  /** The markup of the login page in place of its own; `TOKEN` is the token. */
  page?: string;
  /** Every call finds its session expired. */
  forgets?: boolean;
  /** What the POST of the login is answered with instead. */
  broken?: number;
}

/** A running app. */
export interface Shop {
  readonly origin: string;
  /** Each request as `METHOD path`. */
  readonly log: string[];
  /** The forms that were sent. */
  readonly logins: Record<string, string>[];
  /** Ends every login. */
  expire(): void;
}

interface Visit {
  readonly token: string;
  user: string | undefined;
}

const ownPage = `<!doctype html><title>Log in</title>
  <form action="/search"><input name="q"></form>
  <form method="post" action="/session?next=%2F">
    <input type="hidden" name="_csrf" value="TOKEN">
    <input name="username"><input type="password" name="password">
    <input type="checkbox" name="remember" value="yes" checked><input type="checkbox" name="spam">
    <button name="action" value="login">Log in</button>
  </form>`;

/** Starts one that ends with its test; `ann` has the password `secret`. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const { expired = 'redirect', refused = 'page', page = ownPage } = options;
  const visits = new Map<string, Visit>();
  const log: string[] = [];
  const logins: Record<string, string>[] = [];
  const app = express();
  app.use(express.urlencoded({ extended: false }), express.text({ type: 'text/plain' }));
  app.use((request, response, next) => {
    log.push(`${request.method} ${request.path}`);
    const id = /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    let visit = visits.get(id);
    if (!visit) {
      const fresh = randomUUID();
      visits.set(fresh, (visit = { token: randomUUID(), user: undefined }));
      response.setHeader('set-cookie', `sid=${fresh}; Path=/; HttpOnly`);
    }
    response.locals['visit'] = visit;
    next();
  });
  const visitOf = (response: express.Response) => response.locals['visit'] as Visit;
  const login = (response: express.Response) =>
    response.type('html').send(page.replaceAll('TOKEN', visitOf(response).token));

  app.get('/login', (_, response) => void login(response));
  app.post('/session', (request, response) => {
    const body = request.body as Record<string, string>;
    logins.push({ ...body });
    if (options.broken !== undefined) return void response.sendStatus(options.broken);
    const visit = visitOf(response);
    if (body['_csrf'] !== visit.token) return void response.status(403).send('csrf');
    if (body['username'] === 'ann' && body['password'] === 'secret') {
      visit.user = 'ann';
      return void response.redirect(303, '/welcome');
    }
    if (refused === 'redirect') return void response.redirect(303, '/login?error');
    if (refused !== 'page') response.status(refused);
    login(response);
  });
  app.all(/^\/private/, (request, response) => {
    const { user } = visitOf(response);
    if (user !== undefined && !options.forgets)
      return void response.json({ user, method: request.method, body: request.body ?? null });
    if (expired === 'redirect') return void response.redirect(`/login?next=${request.path}`);
    response.sendStatus(expired);
  });

  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    logins,
    expire: () => {
      for (const visit of visits.values()) visit.user = undefined;
    },
  };
}
