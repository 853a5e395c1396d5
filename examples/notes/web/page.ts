import { drawHidden } from '../shared/hidden.ts';
import { html, Html } from '../shared/html.ts';
import type { State } from '../shared/notes.ts';
import { drawAccount, drawMain } from '../shared/views.ts';

/**
 * The whole page.
 *
 * @param data what `dehydrate()` has made: safe as it stands, and to be left as it is.
 * @param api the API's origin, as browsers know it.
 * @param hasScript whether the page's script takes over.
 */
export function drawPage(
  state: State,
  settings: { api: string; data: string; problem: string | undefined; hasScript: boolean },
): string {
  const { api, data, problem, hasScript } = settings;
  return html`<!doctype html>
    <html lang="en" data-api="${api}" ${!hasScript && new Html('class="no-script"')}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Notes – isosession</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/assets/style.css" />
        ${hasScript && new Html('<script type="module" src="/assets/main.js"></script>')}
      </head>
      <body>
        <header class="top">
          <div class="brand">
            <h1>Notes</h1>
            <p class="muted">one session, from the server’s render to the browser</p>
          </div>
          <div class="account" data-part="account">${drawAccount(state)}</div>
        </header>
        <div class="columns">
          <main data-part="main" tabindex="-1">${drawMain(state, problem)}</main>
          <aside>
            <section class="card needs-script" aria-labelledby="log-title">
              <h2 id="log-title">Requests of this page</h2>
              <div class="row tries" data-part="tries" ${state.user === null && new Html('hidden')}>
                <button type="button" data-action="slow">Slow call</button>
                <button type="button" data-action="flaky">Busy server</button>
                <button type="button" data-action="expire">Expired token, five calls</button>
              </div>
              <div class="log" role="log" aria-labelledby="log-title" tabindex="0">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Request</th>
                      <th scope="col">Answer</th>
                      <th scope="col" class="number">Attempts</th>
                      <th scope="col" class="number">ms</th>
                    </tr>
                  </thead>
                  <tbody data-part="log"></tbody>
                </table>
              </div>
            </section>
            <section class="card" aria-labelledby="hidden-title">
              <h2 id="hidden-title">What is hidden from the page, and why</h2>
              <ul class="hidden-things" data-part="hidden">
                ${drawHidden()}
              </ul>
            </section>
          </aside>
        </div>
        <footer class="about muted">
          <a href="/examples/notes/README.md">Its source</a> is <code>examples/notes</code>. How it
          works: <a href="/docs/ssr.md">server-side rendering</a>,
          <a href="/docs/recipes/refresh.md">tokens that renew themselves</a>; with search and a
          playground by <code>npm run docs</code>.
        </footer>
        <script type="application/json" id="session">
          ${new Html(data)}
        </script>
      </body>
    </html> `.text;
}
