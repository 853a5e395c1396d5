/**
 * The page server: renders what the API has for the visitor, and takes the forms of pages that have
 * no script.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HTTPError, Session } from 'isosession';
import { applySetCookies, dehydrate, forwardSession } from 'isosession/ssr';
import type { SessionStore } from 'isosession/store';
import { addNote, explain, logIn, logOut, readState } from '../shared/notes.ts';
import { protect, renewLogin } from '../shared/session.ts';
import type { Asset } from './assets.ts';
import { openLogin } from './kept-logins.ts';
import { drawPage } from './page.ts';

export interface WebSettings {
  port: number;
  api: string;
  serviceKey: string;
  /** The browser's files by their paths. */
  assets: Map<string, Asset>;
  /**
   * Where logins are kept that several page servers share; the page is without its script then, as
   * the browser has no cookies for the API.
   */
  store?: SessionStore;
}

/** A visitor, for one request. */
interface Visit {
  session: Session;
  /** Before the answer goes out: what the API has set goes to the browser, or to the store. */
  keep(res: ServerResponse): Promise<void>;
}

export interface Web {
  origin: string;
  server: Server;
  close(): Promise<void>;
}

type Action = (session: Session, form: URLSearchParams) => Promise<unknown>;

/** What the forms do, by their paths. */
const actions: Record<string, Action> = {
  '/login': (session, form) => logIn(session, form.get('name') ?? '', form.get('password') ?? ''),
  '/logout': (session) => logOut(session),
  '/notes': (session, form) => addNote(session, form.get('text') ?? ''),
};

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>)
    if ((text += chunk).length > 100_000) throw new Error('The form is too large');
  return new URLSearchParams(text);
}

function sendText(res: ServerResponse, status: number, text: string): void {
  res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

export async function startWeb(settings: WebSettings): Promise<Web> {
  const { port, api, serviceKey, assets, store } = settings;
  // One for the process: it has the connections, and what is the server's own.
  const shared = protect(
    new Session({
      baseUrl: api,
      headers: { 'x-service-key': serviceKey },
      timeout: { total: 10_000 },
    }),
  );

  /** One for each visitor. */
  async function visitOf(req: IncomingMessage, res: ServerResponse, path: string): Promise<Visit> {
    const incoming = { node: { req, res } };
    const options = { to: [api], context: { hydrate: true } };
    if (!store) {
      const forwardCookies = ['access', 'refresh', 'XSRF-TOKEN'];
      const session = forwardSession(shared, incoming, { ...options, forwardCookies });
      renewLogin(session);
      return { session, keep: async () => applySetCookies(session, res) };
    }
    const isLogin = path === '/login';
    const { cookies, keep } = await openLogin(store, api, req, isLogin);
    const session = forwardSession(shared, incoming, { ...options, forwardCookies: [], cookies });
    renewLogin(session);
    // Its answer sets the CSRF token that a login has to send.
    if (isLogin) await session.get('session');
    return { session, keep };
  }

  /** @param refusal why the API did not do what the visitor's form asked for. */
  async function sendPage(
    { session, keep }: Visit,
    res: ServerResponse,
    refusal?: HTTPError,
  ): Promise<void> {
    const state = await readState(session);
    await keep(res);
    const problem = refusal && explain(refusal);
    res
      .writeHead(refusal?.status ?? 200, {
        'content-type': 'text/html; charset=utf-8',
        // It is one visitor's.
        'cache-control': 'private, no-store',
        'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${api}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      })
      .end(drawPage(state, { api, data: dehydrate(session), problem, hasScript: !store }));
  }

  async function takeForm(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Browsers say where a form comes from: no other site's may act for the visitor.
    if (req.headers.origin !== origin) return sendText(res, 403, 'This form is not ours.');
    const visit = await visitOf(req, res, path);
    try {
      await actions[path]?.(visit.session, await readForm(req));
    } catch (error) {
      if (error instanceof HTTPError) return sendPage(visit, res, error);
      throw error;
    }
    await visit.keep(res);
    res.writeHead(303, { location: '/' }).end();
  }

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    // Not by new URL(), which throws for what strangers may send, such as `//`.
    const [pathname = ''] = req.url?.split('?', 1) ?? [];
    const asset = assets.get(pathname);
    res.setHeader('x-served-by', process.pid);
    if (req.method === 'POST' && Object.hasOwn(actions, pathname))
      await takeForm(pathname, req, res);
    else if (req.method !== 'GET') sendText(res, 405, 'This cannot be done here.');
    else if (pathname === '/') await sendPage(await visitOf(req, res, pathname), res);
    else if (asset) res.writeHead(200, { 'content-type': asset.type }).end(asset.content);
    else sendText(res, 404, 'There is no such page.');
  }

  const server = createServer(
    (req, res) =>
      void handle(req, res).catch((error: unknown) => {
        // Nobody waits for the page of a visitor who went away.
        if (res.destroyed) return;
        console.error(error);
        if (res.headersSent) res.destroy();
        else sendText(res, 502, 'The page cannot be shown just now.');
      }),
  );
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, server, close: () => shared.close() };
}
