/** The page server: renders what the API has for the visitor, and takes the forms of pages that have no script. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Session } from 'isosession';
import { applySetCookies, dehydrate, forwardSession } from 'isosession/ssr';
import { addNote, explain, isLoggedOut, logIn, logOut, readState } from '../shared/notes.ts';
import { protect, renewLogin } from '../shared/session.ts';
import type { Asset } from './assets.ts';
import { drawPage } from './page.ts';

export interface WebSettings {
  port: number;
  api: string;
  serviceKey: string;
  /** The browser's files by their paths. */
  assets: Map<string, Asset>;
}

export interface Web {
  origin: string;
  server: Server;
  close(): Promise<void>;
}

/** Each form by its path. */
const forms: Record<string, (session: Session, form: URLSearchParams) => Promise<unknown>> = {
  '/login': (session, form) => logIn(session, form.get('name') ?? '', form.get('password') ?? ''),
  '/logout': (session) => logOut(session),
  '/notes': (session, form) => addNote(session, form.get('text') ?? ''),
};

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) if ((text += chunk).length > 100_000) throw new Error('The form is too large');
  return new URLSearchParams(text);
}

export async function startWeb({ port, api, serviceKey, assets }: WebSettings): Promise<Web> {
  // One for the process: it has the connections, and what is the server's own.
  const shared = protect(new Session({ baseUrl: api, headers: { 'x-service-key': serviceKey }, timeout: { total: 10_000 } }));

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname } = new URL(req.url ?? '/', origin);
    const asset = req.method === 'GET' ? assets.get(pathname) : undefined;
    if (asset) return void res.writeHead(200, { 'content-type': asset.type }).end(asset.content);
    const form = req.method === 'POST' ? forms[pathname] : undefined;
    if (!form && !(req.method === 'GET' && pathname === '/')) return void res.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.');
    // Browsers name the origin of a form, so that another site's form cannot act for the visitor.
    if (form && req.headers.origin !== origin) return void res.writeHead(403, { 'content-type': 'text/plain' }).end('This form is not ours.');

    // One for each visitor.
    const session = forwardSession(shared, { node: { req, res } }, { to: [api], forwardCookies: ['access', 'refresh', 'XSRF-TOKEN'], context: { hydrate: true } });
    renewLogin(session);
    let problem: string | undefined;
    if (form) {
      try {
        await form(session, await readForm(req));
      } catch (error) {
        if (pathname !== '/login' && !isLoggedOut(error)) throw error;
        problem = explain(error);
      }
      if (problem === undefined) {
        applySetCookies(session, res);
        return void res.writeHead(303, { location: '/' }).end();
      }
    }
    const page = drawPage(await readState(session), { api, data: dehydrate(session), problem });
    applySetCookies(session, res);
    res.writeHead(problem === undefined ? 200 : 401, {
      'content-type': 'text/html; charset=utf-8',
      // It is one visitor's.
      'cache-control': 'private, no-store',
      'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' ${api}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    }).end(page);
  }

  const server = createServer((req, res) => void handle(req, res).catch((error: unknown) => {
    // Nobody waits for the page of a visitor who went away.
    if (res.destroyed) return;
    console.error(error);
    if (res.headersSent) res.destroy();
    else res.writeHead(502, { 'content-type': 'text/plain' }).end('The page cannot be shown just now.');
  }));
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, server, close: () => shared.close() };
}
