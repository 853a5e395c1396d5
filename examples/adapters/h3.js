import { H3, html, raw, setCookie, toNodeHandler } from 'h3';
import { applySetCookies, forwardSession } from 'isosession/ssr';
import { api, to } from './api.js';
import { render } from './page.js';
import { serve } from './serve.js';

const app = new H3();

// A cookie of the server's own, as most have one.
app.use((event) => setCookie(event, 'own', '1'));

app.get('/', async (event) => {
  const session = forwardSession(api, event, { to });
  const page = await render(session);
  applySetCookies(session, event);
  return html(raw(page));
});

serve(toNodeHandler(app));
